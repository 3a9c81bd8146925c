import FoundationEssentials

/// Bytes that are no JSON document. Says nothing of their content, which may be an appointment or a token.
public struct JSONError: Error, Hashable, CustomStringConvertible {
    /// How many bytes were given.
    public let byteCount: Int

    /// A sentence without content.
    public var description: String {
        "\(byteCount) bytes are no JSON document (allowed: UTF-8, at most \(JSONValue.maximumDepth) levels, numbers within the range of Double)"
    }
}

extension JSONValue {
    /// How deeply arrays and objects may be nested in what is parsed; Foundation's parser refuses more.
    public static let maximumDepth = 512

    /// Parses one whole document, of any type at its top.
    ///
    /// As strict as Foundation, which lets a comma stand before a closing bracket; of a key given twice one value is kept.
    ///
    /// - Throws: ``JSONError`` if the bytes are anything else, be they empty, cut off, nested too deeply or not UTF-8.
    public init(parsing bytes: some Sequence<UInt8>) throws(JSONError) {
        let data = Data(bytes)
        do {
            self = try JSONDecoder().decode(JSONValue.self, from: data)
        } catch {
            throw JSONError(byteCount: data.count)
        }
    }
}

extension JSONValue: Codable {
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
        } else if let value = try? container.decode(Int64.self) {
            self = .int(value)
        } else if let value = try? container.decode([String: JSONValue].self) {
            self = .object(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else {
            self = .double(try container.decode(Double.self))
        }
    }

    /// Writes the value; a number that is not finite becomes `null`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .int(let value): try container.encode(value)
        case .double(let value): if value.isFinite { try container.encode(value) } else { try container.encodeNil() }
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
