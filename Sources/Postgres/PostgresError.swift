/// What went wrong between us and the database. It holds no parameter value of ours; `detail` may quote values of a row and stays out of
/// the description.
public struct PostgresError: Error, Sendable {
    /// The kind of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String { case connectionFailed, connectionLost, closed, server, cancelled, decoding, invalidUse }
        private let base: Base

        /// No connection could be made: unreachable, too slow, or refused by the server (then `sqlState` says why).
        public static let connectionFailed = Code(base: .connectionFailed)
        /// The connection broke; whether a running statement took effect is unknown.
        public static let connectionLost = Code(base: .connectionLost)
        /// The connection was closed by `close()`.
        public static let closed = Code(base: .closed)
        /// The server refused the statement; `sqlState` and `message` say why.
        public static let server = Code(base: .server)
        /// The task was cancelled. A statement that was running has been undone.
        public static let cancelled = Code(base: .cancelled)
        /// A column is missing, null or not of the type asked for.
        public static let decoding = Code(base: .decoding)
        /// The call can not be right with any server.
        public static let invalidUse = Code(base: .invalidUse)

        /// The name of the code.
        public var description: String { base.rawValue }
    }

    /// The kind of failure.
    public var code: Code
    /// One sentence: the server's primary message, libpq's, or ours.
    public var message: String
    /// The five characters of the server's SQLSTATE, if it gave one.
    public var sqlState: String?
    /// The server's detail; it may quote values, so it is not part of the description.
    public var detail: String?
    /// The server's advice.
    public var hint: String?
    /// Where in which function it happened.
    public var context: String?
    /// The schema of `table` or of what the message is about.
    public var schema: String?
    /// The table the message is about.
    public var table: String?
    /// The column the message is about.
    public var column: String?
    /// The constraint that was violated.
    public var constraint: String?
    /// The beginning of the SQL text, placeholders instead of parameters.
    public var statement: String?

    /// An error without anything from a server.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
    /// Code, SQLSTATE, message, hint, constraint or table, statement; never the detail.
    public var description: String {
        var text = "\(code)"
        if let sqlState { text += " (SQLSTATE \(sqlState))" }
        text += ": \(message)"
        if let hint { text += "; hint: \(hint)" }
        if let constraint { text += "; constraint \(constraint)" }
        if let table { text += "; table \(schema.map { "\($0)." } ?? "")\(table)" }
        if let statement { text += "; in: \(statement)" }
        return text
    }

    /// The same as `description`, so that "\(error)" in a collection shows no detail either.
    public var debugDescription: String { description }
}

extension PostgresError {
    /// Long enough to recognise a statement, short enough for a log line.
    static let statementLength = 120

    func during(_ sql: String) -> PostgresError {
        var error = self
        let line = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        error.statement = line.count > Self.statementLength ? line.prefix(Self.statementLength) + "…" : line
        return error
    }

    /// From libpq's text of a failed connection, written with `PQERRORS_VERBOSE`: "… FATAL:  28P01: password …\nLOCATION:  …".
    /// libpq has no other way to say the SQLSTATE of a refused login.
    init(_ code: Code, connectionText: String) {
        var lines: [String] = []
        for line in connectionText.split(separator: "\n") where !line.hasPrefix("LOCATION:") {
            lines.append(line.split(whereSeparator: \.isWhitespace).joined(separator: " "))
        }
        var text = lines.joined(separator: " ")
        var sqlState: String?
        if let match = text.firstMatch(of: #/: ((?=[A-Z]*[0-9])[0-9A-Z]{5}): /#) {
            sqlState = String(match.1)
            text.replaceSubrange(match.range, with: ": ")
        }
        self.init(code, text.isEmpty ? "the connection ended without a message" : text)
        self.sqlState = sqlState
    }
}
