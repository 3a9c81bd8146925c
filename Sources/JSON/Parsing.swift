/// Bytes that are no JSON document. Says nothing of their content, which may be an appointment or a token.
public struct JSONError: Error, Hashable, CustomStringConvertible {
    /// How many bytes were given.
    public let byteCount: Int

    /// A sentence without content.
    public var description: String {
        "\(byteCount) bytes are no JSON document (allowed: UTF-8, at most \(JSONValue.maximumDepth) levels)"
    }
}

extension JSONValue {
    /// How deeply arrays and objects may be nested in what is parsed.
    public static let maximumDepth = 512

    /// Parses one whole document, of any type at its top.
    ///
    /// As strict as RFC 8259, but for what would cost a whole document that says something all the same: half of a surrogate pair, as a
    /// text has that was cut in the middle of an emoji, becomes U+FFFD; a number beyond the range of Double becomes `null`; a comma before
    /// a closing bracket and a byte order mark are let pass. Of a key given twice the first value is kept.
    ///
    /// - Throws: ``JSONError`` if the bytes are anything else, be they empty, cut off, nested too deeply or not UTF-8.
    public init(parsing bytes: some Sequence<UInt8>) throws(JSONError) {
        let bytes = Array(bytes)
        do throws(Malformed) {
            var scanner = Scanner(at: bytes.startOfJSON)
            self = try scanner.value(bytes.span)
            try scanner.end(bytes.span)
        } catch {
            throw JSONError(byteCount: bytes.count)
        }
    }
}

extension [UInt8] {
    /// Where the document begins: behind a byte order mark.
    var startOfJSON: Int { starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }
}

extension Scanner {
    /// Reads one value.
    mutating func value(_ bytes: Span<UInt8>) throws(Malformed) -> JSONValue {
        switch try next(bytes) {
        case UInt8(ascii: "\""): return .string(try Self.string(text(bytes), bytes))
        case UInt8(ascii: "{"):
            var fields: [(String, JSONValue)] = []
            try object(bytes) { scanner, key throws(Malformed) in
                fields.append((try Self.string(key, bytes), try scanner.value(bytes)))
            }
            return .object(Dictionary(fields) { first, _ in first })
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try array(bytes) { scanner throws(Malformed) in elements.append(try scanner.value(bytes)) }
            return .array(elements)
        case UInt8(ascii: "n"):
            try word("null", bytes)
            return .null
        case UInt8(ascii: "t"):
            try word("true", bytes)
            return .bool(true)
        case UInt8(ascii: "f"):
            try word("false", bytes)
            return .bool(false)
        default:
            let (range, isWhole) = try number(bytes)
            // Up to 18 digits fit without a look.
            if isWhole, range.count <= 18 { return .int(Self.small(range, bytes)) }
            return Self.number(String(decoding: range.map { bytes[$0] }, as: UTF8.self))
        }
    }

    private static func small(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Int64 {
        var value: Int64 = 0
        for place in range where bytes[place] != UInt8(ascii: "-") { value = value * 10 + Int64(bytes[place] & 0x0F) }
        return bytes[range.lowerBound] == UInt8(ascii: "-") ? -value : value
    }

    private static func number(_ text: String) -> JSONValue {
        if let whole = Int64(text) { return .int(whole) }
        guard let double = Double(text), double.isFinite else { return .null }
        // What Double does not hold to the last digit, is kept as it was spelled.
        guard significantDigits(text) == significantDigits(double.description) else { return .number(text) }
        return Int64(exactly: double).map { .int($0) } ?? .double(double)
    }

    /// What tells whether two spellings are of one number, given that they are nearly the same.
    private static func significantDigits(_ number: String) -> [UInt8] {
        let digits = number.utf8.prefix { $0 | 0x20 != UInt8(ascii: "e") }.filter(isDigit)
        guard let first = digits.firstIndex(where: { $0 != UInt8(ascii: "0") }),
            let last = digits.lastIndex(where: { $0 != UInt8(ascii: "0") })
        else { return [] }
        return Array(digits[first...last])
    }
}
