import Basics

extension JSONValue {
    /// The document as UTF-8: keys in the order of their bytes, no white space, so that equal values have equal bytes.
    ///
    /// Written here rather than by `JSONEncoder` because that one can throw, and a value of this type has nothing to throw about.
    public func bytes() -> [UInt8] {
        var output: [UInt8] = []
        write(to: &output)
        return output
    }

    /// The document as text; see ``bytes()``.
    public var text: String {
        String(decoding: bytes(), as: UTF8.self)
    }

    private func write(to output: inout [UInt8]) {
        switch self {
        case .null: output += "null".utf8
        case .bool(let value): output += (value ? "true" : "false").utf8
        case .int(let value): output += String(value).utf8
        case .double(let value): output += (value.isFinite ? value.description : "null").utf8
        case .number(let text): output += text.utf8
        case .string(let value): Self.write(value, to: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                element.write(to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let fields):
            output.append(UInt8(ascii: "{"))
            let sorted = fields.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (index, field) in sorted.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                Self.write(field.key, to: &output)
                output.append(UInt8(ascii: ":"))
                field.value.write(to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if let escape = escape(byte) { output += escape.utf8 } else { output.append(byte) }
        }
        output.append(UInt8(ascii: "\""))
    }

    /// What stands for a byte that no string may hold as it is.
    fileprivate static func escape(_ byte: UInt8) -> String? {
        switch byte {
        case UInt8(ascii: "\""): #"\""#
        case UInt8(ascii: "\\"): #"\\"#
        case UInt8(ascii: "\n"): #"\n"#
        case UInt8(ascii: "\r"): #"\r"#
        case UInt8(ascii: "\t"): #"\t"#
        case 0..<0x20: #"\u00"# + hex([byte])
        default: nil
        }
    }
}

/// An object or an array that is written piece by piece, as text and never as values. For a reader that cannot hold U+0000: U+FFFD stands
/// in its place.
public struct JSONText: Sendable, Hashable {
    private var pieces: String
    private var close: String

    private init(_ open: String, _ close: String, _ capacity: Int) {
        (pieces, self.close) = (open, close)
        if capacity > 0 { pieces.reserveCapacity(capacity) }
    }

    /// An object without fields.
    public static func object(capacity: Int = 0) -> JSONText { JSONText("{", "}", capacity) }
    /// An array without elements.
    public static func array() -> JSONText { JSONText("[", "]", 0) }

    /// The text. Nothing is copied if this is its owner's last use.
    public consuming func text() -> String {
        pieces += close
        return pieces
    }

    /// The value of a field, parsed.
    public subscript(key: String) -> JSONValue? { (try? JSONValue(parsing: text().utf8))?[key] }

    // MARK: Fields and elements

    /// Adds a string; nil: `null`.
    public mutating func add(_ key: String, _ value: String?) {
        begin(key)
        guard let value else { return pieces += "null" }
        pieces += "\""
        if value.utf8.allSatisfy({ JSONText.isPlain($0) }) {
            pieces += value
        } else {
            for scalar in value.unicodeScalars {
                if scalar == "\0" {
                    pieces.unicodeScalars.append("\u{FFFD}")
                } else if scalar.isASCII, let escape = JSONValue.escape(UInt8(scalar.value)) {
                    pieces += escape
                } else {
                    pieces.unicodeScalars.append(scalar)
                }
            }
        }
        pieces += "\""
    }

    /// Adds a truth value.
    public mutating func add(_ key: String, _ value: Bool) {
        begin(key)
        pieces += value ? "true" : "false"
    }

    /// Adds a whole number.
    public mutating func add(_ key: String, _ value: Int64) {
        begin(key)
        pieces += String(value)
    }

    /// Adds an object or array.
    public mutating func add(_ key: String, _ value: JSONText) {
        begin(key)
        pieces += value.pieces
        pieces += value.close
    }

    /// Begins the last field, an array: what is appended from now on are its elements.
    public mutating func openArray(_ key: String) {
        begin(key)
        pieces += "["
        close = "]" + close
    }

    /// Adds a whole number as an element.
    public mutating func append(_ element: Int64) {
        if pieces.utf8.last != UInt8(ascii: "[") { pieces += "," }
        pieces += String(element)
    }

    /// Adds an element.
    public mutating func append(_ element: JSONText) {
        if pieces.utf8.last != UInt8(ascii: "[") { pieces += "," }
        pieces += element.pieces
        pieces += element.close
    }

    private mutating func begin(_ key: String) {
        pieces += pieces.utf8.last == UInt8(ascii: "{") ? "\"" : ",\""
        pieces += key
        pieces += "\":"
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
}
