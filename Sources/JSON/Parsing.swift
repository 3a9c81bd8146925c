import FoundationEssentials

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
    /// How deeply arrays and objects may be nested in what is parsed; Foundation's parser refuses more.
    public static let maximumDepth = 512

    /// Parses one whole document, of any type at its top.
    ///
    /// As strict as Foundation, which lets a comma stand before a closing bracket; of a key given twice one value is kept. Two things it
    /// refuses are read all the same, because one of them would cost the whole document: half of a surrogate pair, as a text has that was cut
    /// in the middle of an emoji, becomes U+FFFD, and a number beyond the range of Double becomes `null`.
    ///
    /// - Throws: ``JSONError`` if the bytes are anything else, be they empty, cut off, nested too deeply or not UTF-8.
    public init(parsing bytes: some Sequence<UInt8>) throws(JSONError) {
        let data = Data(bytes)
        do {
            self = try JSONDecoder().decode(JSONValue.self, from: data)
        } catch {
            var repair = Repair(Array(data))
            guard let repaired = repair.repaired(), let value = try? JSONDecoder().decode(JSONValue.self, from: Data(repaired)) else {
                throw JSONError(byteCount: data.count)
            }
            self = value
        }
    }
}

extension JSONValue: Decodable {
    /// Reads any value.
    ///
    /// - Throws: `DecodingError` for a number outside the range of Double.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // The decoder does not tell what comes next, so we ask type by type, the frequent ones first: a wrong guess costs an error value.
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([String: JSONValue].self) {
            self = .object(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .int(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else {
            let value = try container.decode(Double.self)
            let exact = (try? container.decode(Decimal.self))?.description
            if let exact, Self.digits(exact) != Self.digits(value.description) {
                self = .number(exact)
            } else {
                self = .double(value)
            }
        }
    }

    /// What tells whether two spellings are of one number, given that they are nearly the same.
    private static func digits(_ number: String) -> String {
        let digits = number.prefix { $0 != "e" }.filter(\.isNumber)
        return String(String(digits.drop { $0 == "0" }.reversed()).drop { $0 == "0" })
    }
}
