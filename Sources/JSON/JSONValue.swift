/// Any JSON value, kept as it was read, so that fields that nobody here knows survive a round trip.
public enum JSONValue: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number that is whole and fits 64 bits; `2.0` is read as 2.
    case int(Int64)
    /// Any other number. One that is not finite is written as `null`, because JSON has no spelling for it.
    case double(Double)
    /// A number that neither of them holds exactly, in decimal digits (38 at most): what nobody here understands is sent back as it was read.
    case number(String)
    /// A string.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object. The order of its keys is not kept.
    case object([String: JSONValue])
}

extension JSONValue {
    /// The value of a field under exactly this spelling; nil if there is none or this is not an object.
    public subscript(key: String) -> JSONValue? {
        objectValue?[key]
    }

    /// The value of a field in whatever spelling; nil if there is none or this is not an object.
    ///
    /// The exact spelling wins; among other spellings the one that sorts first, so that the answer is the same every time.
    public subscript(caseInsensitive key: String) -> JSONValue? {
        guard let object = objectValue else { return nil }
        if let exact = object[key] { return exact }
        let wanted = key.lowercased()
        return object.filter { $0.key.lowercased() == wanted }.min { $0.key < $1.key }?.value
    }

    /// The string, if this is one.
    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The whole number, if this is one, is a floating-point number without a fraction, or is a string of decimal digits (with or without a
    /// minus sign) that fits 64 bits.
    public var intValue: Int64? {
        switch self {
        case .int(let value): value
        case .double(let value): Int64(exactly: value)
        case .string(let text) where !text.hasPrefix("+"): Int64(text)
        default: nil
        }
    }

    /// The truth value, if this is one. 0 and 1 are numbers: ask ``intValue``.
    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The elements, if this is an array.
    public var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The fields, if this is an object.
    public var objectValue: [String: JSONValue]? {
        if case .object(let value) = self { value } else { nil }
    }

    /// Whether this is `null`.
    public var isNull: Bool {
        self == .null
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// `nil` is `null`.
    public init(nilLiteral: ()) { self = .null }
    /// `true` and `false`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A whole number.
    public init(integerLiteral value: Int64) { self = .int(value) }
    /// A number with a fraction.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object; of a key given twice the last value holds.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}
