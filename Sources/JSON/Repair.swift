/// Fixes what keeps a parser from reading a document that says something all the same. Strings and numbers are told apart, nothing else is
/// understood: whether the result is a document the parser says.
struct Repair {
    private let bytes: [UInt8]
    private var place = 0
    private var output: [UInt8] = []
    private var isMended = false

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The document with halves of surrogate pairs as U+FFFD and with numbers that no Double holds as `null`; nil if it has neither.
    mutating func repaired() -> [UInt8]? {
        output.reserveCapacity(bytes.count)
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""): string()
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): number()
            default: copy(1)
            }
        }
        return isMended ? output : nil
    }

    private mutating func string() {
        copy(1)
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""): return copy(1)
            case UInt8(ascii: "\\"): escape()
            default: copy(1)
            }
        }
    }

    private mutating func escape() {
        switch unit(at: place) {
        case .some(0xD800...0xDBFF):
            guard case .some(0xDC00...0xDFFF) = unit(at: place + 6) else { return replace(6, with: #"\ufffd"#) }
            copy(12)
        case .some(0xDC00...0xDFFF): replace(6, with: #"\ufffd"#)
        case .some: copy(6)
        // Of `\\` and `\"` the second character begins nothing and ends nothing.
        case nil: copy(2)
        }
    }

    /// The value of the `\uXXXX` that stands there.
    private func unit(at place: Int) -> Int? {
        guard place + 6 <= bytes.count, bytes[place] == UInt8(ascii: "\\"), bytes[place + 1] == UInt8(ascii: "u") else { return nil }
        let digits = bytes[(place + 2)..<(place + 6)].map { Character(UnicodeScalar($0)).hexDigitValue }
        guard !digits.contains(nil) else { return nil }
        return digits.reduce(0) { $0 * 16 + ($1 ?? 0) }
    }

    private mutating func number() {
        let text = bytes[place...].prefix { Self.numeric.contains($0) }
        if Double(String(decoding: text, as: UTF8.self))?.isInfinite == true {
            replace(text.count, with: "null")
        } else {
            copy(text.count)
        }
    }

    private static let numeric = Set("+-.0123456789eE".utf8)

    private mutating func copy(_ count: Int) {
        let end = min(place + count, bytes.count)
        output += bytes[place..<end]
        place = end
    }

    private mutating func replace(_ count: Int, with text: String) {
        output += text.utf8
        place += count
        isMended = true
    }
}
