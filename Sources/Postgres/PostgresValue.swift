/// A parameter of a statement. It travels beside the SQL text, never inside it.
///
/// Most parameters go without a type, so that the server infers it from the place where they stand, as it does for a literal in quotes;
/// this lets `.text` fill a uuid, an enum or a date, and `.int` a smallint. Where there is nothing to infer from (`jsonb_build_object`,
/// overloaded functions), cast in the SQL: `$1::bigint`.
public enum PostgresValue: Sendable, Hashable {
    /// NULL.
    case null
    /// Anything in its text form. It must not contain the character U+0000.
    case text(String)
    /// A whole number.
    case int(Int64)
    /// A truth value, typed `boolean`.
    case bool(Bool)
    /// A floating-point number, infinities and NaN included.
    case double(Double)
    /// An instant, typed `timestamptz`, in microseconds since 1970-01-01 00:00 UTC.
    case timestamp(microseconds: Int64)
    /// The text of a JSON document, typed `jsonb`.
    case json(String)
    /// Typed `text[]`; the elements may contain anything but U+0000.
    case textArray([String])
    /// Typed `bigint[]`.
    case intArray([Int64])
}

extension PostgresValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
    /// `.text`
    public init(stringLiteral value: String) { self = .text(value) }
    /// `.int`
    public init(integerLiteral value: Int64) { self = .int(value) }
}

extension PostgresValue: ExpressibleByBooleanLiteral, ExpressibleByFloatLiteral, ExpressibleByNilLiteral {
    /// `.bool`
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// `.double`
    public init(floatLiteral value: Double) { self = .double(value) }
    /// `.null`
    public init(nilLiteral: ()) { self = .null }
}

extension PostgresValue {
    /// `.text`, or `.null` for nil.
    public init(_ value: String?) { self = value.map { .text($0) } ?? .null }
    /// `.int`, or `.null` for nil.
    public init(_ value: Int?) { self = value.map { .int(Int64($0)) } ?? .null }
    /// `.int`, or `.null` for nil.
    public init(_ value: Int64?) { self = value.map { .int($0) } ?? .null }
    /// `.bool`, or `.null` for nil.
    public init(_ value: Bool?) { self = value.map { .bool($0) } ?? .null }
    /// `.double`, or `.null` for nil.
    public init(_ value: Double?) { self = value.map { .double($0) } ?? .null }
}

/// A value may be a secret or content: printed, it shows its kind only.
extension PostgresValue: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The kind of the value.
    public var description: String {
        switch self {
        case .null: "null"
        case .text: "text"
        case .int: "int"
        case .bool: "bool"
        case .double: "double"
        case .timestamp: "timestamp"
        case .json: "json"
        case .textArray: "textArray"
        case .intArray: "intArray"
        }
    }
    /// The same as `description`.
    public var debugDescription: String { description }
    /// One child, the kind.
    public var customMirror: Mirror { Mirror(self, children: ["kind": description]) }
}

extension PostgresValue {
    /// The type sent with the value; 0 lets the server infer it.
    var typeID: UInt32 {
        switch self {
        case .null, .text, .int, .double: 0
        case .bool: TypeID.bool
        case .timestamp: TypeID.timestamptz
        case .json: TypeID.jsonb
        case .textArray: TypeID.textArray
        case .intArray: TypeID.bigintArray
        }
    }

    /// Instants travel in binary: eight bytes, nothing to format.
    var isBinary: Bool { if case .timestamp = self { true } else { false } }

    /// A text so long that it is worth not being copied.
    var longText: String? {
        switch self {
        case .text(let text), .json(let text): text.utf8.count > 4_096 ? text : nil
        default: nil
        }
    }

    /// Whether it has a zero among its bytes.
    var hasZero: Bool { longText.map { $0.utf8.contains(0) } ?? (bytes?.contains(0) == true) }

    /// The bytes that travel; nil for NULL.
    var bytes: [UInt8]? {
        switch self {
        case .null: nil
        case .text(let text), .json(let text): Array(text.utf8)
        case .int(let number): Array(String(number).utf8)
        case .bool(let flag): [UInt8(ascii: flag ? "t" : "f")]
        case .double(let number): Array((number.isInfinite ? (number < 0 ? "-Infinity" : "Infinity") : "\(number)").utf8)
        case .timestamp(let microseconds): Timestamp.binary(microseconds)
        case .textArray(let elements): Array("{\(elements.map(Self.quoted).joined(separator: ","))}".utf8)
        case .intArray(let elements): Array("{\(elements.map(String.init).joined(separator: ","))}".utf8)
        }
    }

    private static func quoted(_ element: String) -> String {
        var text = "\""
        for scalar in element.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { text.unicodeScalars.append("\\") }
            text.unicodeScalars.append(scalar)
        }
        return text + "\""
    }
}
