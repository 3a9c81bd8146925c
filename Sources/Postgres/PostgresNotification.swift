/// What a session that listens receives for a NOTIFY.
public struct PostgresNotification: Sendable, Hashable {
    /// The channel it was sent to.
    public let channel: String
    /// The payload; empty if there was none.
    public let payload: String
    /// The process id of the server process whose session sent it.
    public let pid: Int32
}

/// A message of the server that is no error: RAISE NOTICE, WARNING and the like.
public struct PostgresNotice: Sendable, Hashable {
    /// DEBUG, LOG, INFO, NOTICE or WARNING, in English whatever the server's language.
    public let severity: String
    /// The five characters of the SQLSTATE; `00000` for a plain NOTICE.
    public let sqlState: String
    /// The primary message.
    public let message: String
    /// The detail, if any.
    public let detail: String?
    /// The hint, if any.
    public let hint: String?
}
