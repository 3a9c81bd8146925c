import CLibpq
import Synchronization

/// The one owner of a `PGresult`.
struct QueryResult: ~Copyable {
    private let raw: OpaquePointer

    init(adopting raw: OpaquePointer) { self.raw = raw }

    deinit { PQclear(raw) }

    var status: ExecStatusType { PQresultStatus(raw) }

    /// Copies everything out.
    func rows() -> PostgresRows {
        let columnCount = PQnfields(raw)
        let rowCount = PQntuples(raw)
        var bytes: [UInt8] = []
        var cells: [Range<Int>?] = []
        cells.reserveCapacity(Int(columnCount) * Int(rowCount))
        for row in 0..<rowCount {
            for column in 0..<columnCount {
                guard PQgetisnull(raw, row, column) == 0, let value = PQgetvalue(raw, row, column) else {
                    cells.append(nil)
                    continue
                }
                let start = bytes.count
                bytes.append(contentsOf: UnsafeRawBufferPointer(start: value, count: Int(PQgetlength(raw, row, column))))
                cells.append(start..<bytes.count)
            }
        }
        let columns = (0..<columnCount).map { column in
            PostgresRows.Column(name: PQfname(raw, column).map { String(cString: $0) } ?? "", typeID: PQftype(raw, column))
        }
        return PostgresRows(
            storage: .init(columns: columns, rowCount: Int(rowCount), bytes: bytes, cells: cells),
            commandTag: PQcmdStatus(raw).map { String(cString: $0) } ?? "",
            affectedRows: PQcmdTuples(raw).flatMap { Int(String(cString: $0)) })
    }

    /// What the server says about a statement it refused.
    func error(_ code: PostgresError.Code = .server) -> PostgresError { Self.error(code, in: raw) }

    fileprivate static func error(_ code: PostgresError.Code, in raw: OpaquePointer) -> PostgresError {
        let own = PQresultErrorMessage(raw).map { String(cString: $0) } ?? ""
        guard let message = field(clibpq_diag_message, in: raw) else { return PostgresError(code, connectionText: own) }
        var error = PostgresError(code, message)
        error.sqlState = field(clibpq_diag_sqlstate, in: raw)
        error.detail = field(clibpq_diag_detail, in: raw)
        error.hint = field(clibpq_diag_hint, in: raw)
        error.context = field(clibpq_diag_context, in: raw)
        error.schema = field(clibpq_diag_schema, in: raw)
        error.table = field(clibpq_diag_table, in: raw)
        error.column = field(clibpq_diag_column, in: raw)
        error.constraint = field(clibpq_diag_constraint, in: raw)
        return error
    }

    fileprivate static func field(_ code: some BinaryInteger, in raw: OpaquePointer) -> String? {
        PQresultErrorField(raw, Int32(code)).map { String(cString: $0) }
    }
}

/// Where libpq delivers what would otherwise go to stderr.
final class NoticeReceiver: Sendable {
    let stream: AsyncStream<PostgresNotice>
    private let continuation: AsyncStream<PostgresNotice>.Continuation
    private let lastWords = Mutex<PostgresError?>(nil)

    init() {
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1_000))
    }

    /// Why the server is about to end the session: it says so unasked, and libpq passes it on as a notice.
    var farewell: PostgresError? { lastWords.withLock { $0 } }

    func finish() { continuation.finish() }

    /// Called by libpq, on the connection's thread.
    func receive(_ result: OpaquePointer?) {
        guard let result else { return }
        let severity = QueryResult.field(clibpq_diag_severity, in: result) ?? "NOTICE"
        let error = QueryResult.error(.connectionLost, in: result)
        if ["FATAL", "PANIC"].contains(severity) {
            lastWords.withLock { $0 = error }
        } else {
            continuation.yield(
                PostgresNotice(
                    severity: severity, sqlState: error.sqlState ?? "", message: error.message, detail: error.detail, hint: error.hint))
        }
    }
}
