/// The object ids of the built-in types we name; they are the same in every PostgreSQL.
enum TypeID {
    static let bool: UInt32 = 16
    static let bigintArray: UInt32 = 1016
    static let textArray: UInt32 = 1009
    static let timestamptz: UInt32 = 1184
    static let jsonb: UInt32 = 3802

    /// The SQL name of a type, for messages.
    static func name(_ id: UInt32) -> String { names[id] ?? "type \(id)" }

    private static let names: [UInt32: String] = [
        bool: "boolean", 17: "bytea", 20: "bigint", 21: "smallint", 23: "integer", 25: "text", 26: "oid", 114: "json", 700: "real",
        701: "double precision", bigintArray: "bigint[]", textArray: "text[]", 1043: "character varying", 1082: "date", 1083: "time",
        1114: "timestamp without time zone", timestamptz: "timestamp with time zone", 1186: "interval", 1700: "numeric", 2950: "uuid",
        jsonb: "jsonb",
    ]
}
