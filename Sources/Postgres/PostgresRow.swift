public import JSON

/// One row. Columns are found by name; of two with the same name, the first.
///
/// Each accessor throws `.decoding` with column and type if the column is missing or cannot be read so; those that do not begin with
/// `optional` also if it is NULL.
public struct PostgresRow: Sendable {
    let storage: PostgresRows.Storage
    let row: Int

    /// Any type, as the server writes it: dates and times ISO and in UTC.
    public func string(_ column: String) throws(PostgresError) -> String { try present(column, optionalString(column)) }
    /// Any type, as the server writes it; nil for NULL.
    public func optionalString(_ column: String) throws(PostgresError) -> String? {
        try decode(column, "String") { $0 }
    }

    /// A whole number.
    public func int(_ column: String) throws(PostgresError) -> Int { try present(column, optionalInt(column)) }
    /// A whole number; nil for NULL.
    public func optionalInt(_ column: String) throws(PostgresError) -> Int? {
        try decode(column, "Int") { Int($0) }
    }

    /// A whole number.
    public func int64(_ column: String) throws(PostgresError) -> Int64 { try present(column, optionalInt64(column)) }
    /// A whole number; nil for NULL.
    public func optionalInt64(_ column: String) throws(PostgresError) -> Int64? {
        try decode(column, "Int64") { Int64($0) }
    }

    /// A boolean.
    public func bool(_ column: String) throws(PostgresError) -> Bool { try present(column, optionalBool(column)) }
    /// A boolean; nil for NULL.
    public func optionalBool(_ column: String) throws(PostgresError) -> Bool? {
        try decode(column, "Bool", only: TypeID.bool) { $0 == "t" }
    }

    /// A number of any numeric type, infinities and NaN included.
    public func double(_ column: String) throws(PostgresError) -> Double { try present(column, optionalDouble(column)) }
    /// A number of any numeric type; nil for NULL.
    public func optionalDouble(_ column: String) throws(PostgresError) -> Double? {
        try decode(column, "Double") { Double($0) }
    }

    /// A `timestamptz` in microseconds since 1970-01-01 00:00 UTC; `infinity` and years BC cannot be read.
    public func timestamp(_ column: String) throws(PostgresError) -> Int64 { try present(column, optionalTimestamp(column)) }
    /// A `timestamptz` in microseconds since 1970-01-01 00:00 UTC; nil for NULL.
    public func optionalTimestamp(_ column: String) throws(PostgresError) -> Int64? {
        try decode(column, "timestamp", only: TypeID.timestamptz) { Timestamp.parse($0) }
    }

    /// A JSON document out of json, jsonb or text. For arrays of SQL use `to_jsonb`.
    public func json(_ column: String) throws(PostgresError) -> JSONValue { try present(column, optionalJSON(column)) }
    /// A JSON document; nil for NULL (the JSON literal null is `.null`).
    public func optionalJSON(_ column: String) throws(PostgresError) -> JSONValue? {
        try decode(column, "JSON") { try? JSONValue(parsing: $0.utf8) }
    }
}

extension PostgresRow {
    private func present<Value>(_ column: String, _ value: Value?) throws(PostgresError) -> Value {
        guard let value else { throw PostgresError(.decoding, "column \"\(column)\" is NULL") }
        return value
    }

    private func decode<Value>(
        _ column: String, _ wanted: String, only required: UInt32? = nil, _ parse: (String) -> Value?
    ) throws(PostgresError) -> Value? {
        guard let position = storage.positions[column] else {
            let names = storage.columns.map(\.name).joined(separator: ", ")
            throw PostgresError(.decoding, "there is no column \"\(column)\"; there are: \(names)")
        }
        guard let range = storage.cells[row * storage.columns.count + position] else { return nil }
        let type = storage.columns[position].typeID
        guard required == nil || required == type, let value = parse(String(decoding: storage.bytes[range], as: UTF8.self)) else {
            throw PostgresError(.decoding, "column \"\(column)\" of type \(TypeID.name(type)) cannot be read as \(wanted)")
        }
        return value
    }
}
