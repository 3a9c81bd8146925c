/// How to reach a database and which limits its sessions have.
///
/// What is left empty or nil falls back to libpq's own rules (`PG…` variables, `~/.pgpass`).
public struct PostgresConfiguration: Sendable {
    /// How much the connection trusts the network; the names and meanings are libpq's.
    public enum SSLMode: String, Sendable, CaseIterable {
        case disable, allow, prefer, require
        case verifyCA = "verify-ca"
        case verifyFull = "verify-full"
    }

    /// Host names, addresses or directories of Unix sockets, separated by commas; tried in this order until one can be written to.
    public var hosts: String
    /// One port for all hosts, or as many as there are hosts, separated by commas.
    public var port: String
    /// The role to log in as.
    public var user: String
    /// Its password; nil: none, or what `~/.pgpass` says.
    public var password: String?
    /// The database.
    public var database: String
    /// Transport security; Unix sockets ignore it.
    public var sslMode: SSLMode = .prefer
    /// Shown in `pg_stat_activity` and in the audit trail.
    public var applicationName: String
    /// Limit for connecting to one host, name look-up excluded; the next host of the list has the same time again.
    public var connectTimeout: Duration = .seconds(10)
    /// The server ends a statement that runs longer. Zero: no limit; nil: the server's default.
    public var statementTimeout: Duration? = .seconds(60)
    /// How long the end of a statement is awaited before the connection counts as lost: a server or pooler that hangs keeps its socket
    /// alive. Longer than the server's own limits. nil: for ever.
    public var answerTimeout: Duration? = .seconds(75)
    /// The server ends a statement that waits longer for a lock. Zero: no limit; nil: the server's default.
    public var lockTimeout: Duration? = .seconds(10)
    /// The server ends a session that leaves a transaction open without doing anything. Zero: no limit; nil: the server's default.
    public var idleInTransactionTimeout: Duration? = .seconds(60)

    /// A configuration with the default limits.
    public init(
        hosts: String = "localhost", port: String = "5432", user: String, password: String? = nil, database: String,
        applicationName: String = "calendar-sync"
    ) {
        self.hosts = hosts
        self.port = port
        self.user = user
        self.password = password
        self.database = database
        self.applicationName = applicationName
    }
}

/// The password appears in no printed form, `dump` included.
extension PostgresConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// User, hosts, port and database in one line.
    public var description: String { "\(user)@\(hosts):\(port)/\(database)" }
    /// The same as `description`.
    public var debugDescription: String { description }
    /// One child, the description.
    public var customMirror: Mirror { Mirror(self, children: ["configuration": description]) }
}

extension PostgresConfiguration {
    /// One host of the list with its port.
    struct Target {
        let host: String
        let port: String
    }

    /// The hosts in the order in which they are tried.
    /// - Throws: `.invalidUse` if the number of ports fits neither one nor the number of hosts.
    func targets() throws(PostgresError) -> [Target] {
        let hosts = list(hosts)
        let ports = list(port)
        guard ports.count <= 1 || ports.count == hosts.count else {
            throw PostgresError(
                .invalidUse, "\(ports.count) ports for \(hosts.count) hosts: give one port, or one for each host, separated by commas")
        }
        if hosts.isEmpty { return [Target(host: "", port: ports.first ?? "")] }
        return hosts.indices.map { Target(host: hosts[$0], port: ports.count > 1 ? ports[$0] : ports.first ?? "") }
    }

    /// libpq's keywords and values for one host.
    func parameters(for target: Target, mustBeWritable: Bool) -> [(name: String, value: String)] {
        [
            ("host", target.host), ("port", target.port), ("user", user), ("password", password ?? ""), ("dbname", database),
            ("sslmode", sslMode.rawValue), ("application_name", applicationName), ("client_encoding", "UTF8"),
            ("options", sessionOptions),
            ("target_session_attrs", mustBeWritable ? "read-write" : "any"),
            // A dead peer is noticed within half a minute, idle or not.
            ("keepalives", "1"), ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "25000"),
        ]
    }

    /// What must hold from the first statement on: the decoders rely on ISO dates in UTC, and to compile statements as short as ours costs
    /// more than to run them.
    private var sessionOptions: String {
        var options = ["DateStyle=ISO", "TimeZone=UTC", "jit=off"]
        let limits = [
            ("statement_timeout", statementTimeout), ("lock_timeout", lockTimeout),
            ("idle_in_transaction_session_timeout", idleInTransactionTimeout),
        ]
        for case let (name, limit?) in limits { options.append("\(name)=\(limit.wholeMilliseconds)") }
        return options.map { "-c \($0)" }.joined(separator: " ")
    }

    private func list(_ text: String) -> [String] {
        text.split(separator: ",").map { String($0.drop { $0 == " " }.prefix { $0 != " " }) }.filter { !$0.isEmpty }
    }
}

extension Duration {
    /// Rounded up, so that a limit greater than zero never becomes "no limit".
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return max(0, seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
