/// The bytes where it stands are not JSON.
struct Malformed: Error {}

/// Walks over a JSON document, looking at each byte once. It knows the grammar; what a value becomes is up to who calls.
///
/// Every function takes the document's bytes and begins at `place`; after an error `place` means nothing.
struct Scanner {
    /// What lies between two quotes.
    struct Text {
        var start, end: Int
        var hasEscapes: Bool
    }

    var place = 0
    private var depth = 0

    init(at place: Int = 0) {
        self.place = place
    }

    // MARK: Structure

    /// The first byte of the next value or sign.
    mutating func next(_ bytes: Span<UInt8>) throws(Malformed) -> UInt8 {
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): place += 1
            case let byte: return byte
            }
        }
        throw Malformed()
    }

    /// Nothing but white space may follow the document's value.
    mutating func end(_ bytes: Span<UInt8>) throws(Malformed) {
        if (try? next(bytes)) != nil { throw Malformed() }
    }

    /// Walks over an object, at whose brace it stands; `member` takes each value.
    @inline(__always)
    mutating func object(
        _ bytes: Span<UInt8>, _ member: (inout Scanner, Text) throws(Malformed) -> Void
    ) throws(Malformed) {
        try enter()
        while try next(bytes) != UInt8(ascii: "}") {
            guard bytes[place] == UInt8(ascii: "\"") else { throw Malformed() }
            let key = try text(bytes)
            guard try next(bytes) == UInt8(ascii: ":") else { throw Malformed() }
            place += 1
            _ = try next(bytes)
            try member(&self, key)
            guard try goesOn(bytes, until: UInt8(ascii: "}")) else { break }
        }
        leave()
    }

    /// Walks over an array, at whose bracket it stands; `element` takes each value.
    @inline(__always)
    mutating func array(_ bytes: Span<UInt8>, _ element: (inout Scanner) throws(Malformed) -> Void) throws(Malformed) {
        try enter()
        while try next(bytes) != UInt8(ascii: "]") {
            try element(&self)
            guard try goesOn(bytes, until: UInt8(ascii: "]")) else { break }
        }
        leave()
    }

    private mutating func enter() throws(Malformed) {
        depth += 1
        place += 1
        if depth > JSONValue.maximumDepth { throw Malformed() }
    }

    private mutating func leave() {
        depth -= 1
        place += 1
    }

    /// Takes the comma between two values. A comma before the closing bracket is let pass.
    private mutating func goesOn(_ bytes: Span<UInt8>, until close: UInt8) throws(Malformed) -> Bool {
        let byte = try next(bytes)
        if byte == close { return false }
        guard byte == UInt8(ascii: ",") else { throw Malformed() }
        place += 1
        return true
    }

    /// Walks over one value without reading it.
    mutating func skip(_ bytes: Span<UInt8>) throws(Malformed) {
        switch try next(bytes) {
        case UInt8(ascii: "\""): _ = try text(bytes)
        case UInt8(ascii: "{"): try object(bytes) { scanner, _ throws(Malformed) in try scanner.skip(bytes) }
        case UInt8(ascii: "["): try array(bytes) { scanner throws(Malformed) in try scanner.skip(bytes) }
        case UInt8(ascii: "n"): try word("null", bytes)
        case UInt8(ascii: "t"): try word("true", bytes)
        case UInt8(ascii: "f"): try word("false", bytes)
        default: _ = try number(bytes)
        }
    }

    // MARK: Single values

    mutating func word(_ word: String, _ bytes: Span<UInt8>) throws(Malformed) {
        let end = place + word.utf8.count
        guard end <= bytes.count else { throw Malformed() }
        for letter in word.utf8 {
            guard bytes[place] == letter else { throw Malformed() }
            place += 1
        }
    }

    /// A string, at whose first quote it stands.
    mutating func text(_ bytes: Span<UInt8>) throws(Malformed) -> Text {
        place += 1
        var text = Text(start: place, end: place, hasEscapes: false)
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""):
                text.end = place
                place += 1
                return text
            case UInt8(ascii: "\\"):
                text.hasEscapes = true
                try escape(bytes)
            case 0..<0x20: throw Malformed()
            default: place += 1
            }
        }
        throw Malformed()
    }

    private mutating func escape(_ bytes: Span<UInt8>) throws(Malformed) {
        guard place + 1 < bytes.count else { throw Malformed() }
        switch bytes[place + 1] {
        case UInt8(ascii: "u"):
            guard Self.unit(bytes, at: place) != nil else { throw Malformed() }
            place += 6
        case let byte:
            guard Self.meaning(ofEscape: byte) != nil else { throw Malformed() }
            place += 2
        }
    }

    /// A number as it is spelled, and whether it is one of digits and a sign alone.
    mutating func number(_ bytes: Span<UInt8>) throws(Malformed) -> (range: Range<Int>, isWhole: Bool) {
        let start = place
        var isWhole = true
        if bytes[place] == UInt8(ascii: "-") { place += 1 }
        let first = place
        try digits(bytes)
        if bytes[first] == UInt8(ascii: "0"), place > first + 1 { throw Malformed() }
        if place < bytes.count, bytes[place] == UInt8(ascii: ".") {
            isWhole = false
            place += 1
            try digits(bytes)
        }
        if place < bytes.count, bytes[place] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            place += 1
            if place < bytes.count, bytes[place] == UInt8(ascii: "+") || bytes[place] == UInt8(ascii: "-") { place += 1 }
            try digits(bytes)
        }
        return (start..<place, isWhole)
    }

    private mutating func digits(_ bytes: Span<UInt8>) throws(Malformed) {
        let start = place
        while place < bytes.count, isDigit(bytes[place]) { place += 1 }
        if place == start { throw Malformed() }
    }

    // MARK: What a string says

    /// - Throws: if it is not UTF-8.
    static func string(_ text: Text, _ bytes: Span<UInt8>) throws(Malformed) -> String {
        guard text.hasEscapes else {
            guard let valid = try? UTF8Span(validating: bytes.extracting(text.start..<text.end)) else { throw Malformed() }
            return String(copying: valid)
        }
        guard let string = String(validating: unescaped(text, bytes), as: UTF8.self) else { throw Malformed() }
        return string
    }

    /// The bytes that the escapes stand for; for half of a surrogate pair U+FFFD.
    private static func unescaped(_ text: Text, _ bytes: Span<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.end - text.start)
        var place = text.start
        while place < text.end {
            guard bytes[place] == UInt8(ascii: "\\") else {
                output.append(bytes[place])
                place += 1
                continue
            }
            if let unit = unit(bytes, at: place) {
                place += 6
                var scalar = Unicode.Scalar(unit) ?? "\u{FFFD}"
                if (0xD800..<0xDC00).contains(unit), let low = Self.unit(bytes, at: place), (0xDC00..<0xE000).contains(low) {
                    place += 6
                    scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)) ?? scalar
                }
                output += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            } else {
                output.append(meaning(ofEscape: bytes[place + 1]) ?? bytes[place + 1])
                place += 2
            }
        }
        return output
    }

    /// The value of the `\uXXXX` that stands there.
    private static func unit(_ bytes: Span<UInt8>, at place: Int) -> UInt32? {
        guard place + 6 <= bytes.count, bytes[place] == UInt8(ascii: "\\"), bytes[place + 1] == UInt8(ascii: "u") else { return nil }
        var unit: UInt32 = 0
        for digit in place + 2..<place + 6 {
            switch bytes[digit] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt32(bytes[digit] & 0x0F)
            case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
                unit = unit << 4 | UInt32(bytes[digit] & 0x0F + 9)
            default: return nil
            }
        }
        return unit
    }

    private static func meaning(ofEscape byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }
}

func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
