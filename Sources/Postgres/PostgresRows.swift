/// The result of a statement, copied out of libpq: it outlives the connection and may be passed on.
public struct PostgresRows: Sendable, RandomAccessCollection {
    /// All cells in one piece of memory, rows one after the other.
    final class Storage: Sendable {
        let columns: [Column]
        let positions: [String: Int]
        let rowCount: Int
        /// The text of all cells.
        let bytes: [UInt8]
        /// Where each cell lies in `bytes`; nil for NULL.
        let cells: [Range<Int>?]

        init(columns: [Column], rowCount: Int, bytes: [UInt8], cells: [Range<Int>?]) {
            self.columns = columns
            self.positions = Dictionary(columns.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
            self.rowCount = rowCount
            self.bytes = bytes
            self.cells = cells
        }
    }

    struct Column: Sendable {
        let name: String
        let typeID: UInt32
    }

    let storage: Storage
    /// What the server says it did: `SELECT 3`, `INSERT 0 1`, `LISTEN`.
    public let commandTag: String
    /// Rows inserted, updated, deleted or selected; nil for commands that count nothing.
    public let affectedRows: Int?

    /// The names of the columns in their order.
    public var columns: [String] { storage.columns.map(\.name) }
    /// Always 0.
    public var startIndex: Int { 0 }
    /// The number of rows.
    public var endIndex: Int { storage.rowCount }
    /// The row at that position.
    public subscript(position: Int) -> PostgresRow {
        precondition(indices.contains(position), "row \(position) of \(count)")
        return PostgresRow(storage: storage, row: position)
    }

    /// The only row.
    /// - Throws: `.decoding` if there are none or several.
    public func single() throws(PostgresError) -> PostgresRow {
        guard count == 1 else { throw PostgresError(.decoding, "expected one row, got \(count)") }
        return self[0]
    }
}
