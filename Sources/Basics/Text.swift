extension StringProtocol {
    /// The text without white space around it.
    @inlinable
    public var trimmed: SubSequence {
        // Nearly every text begins and ends so, and characters are dear.
        if let first = unicodeScalars.first, let last = unicodeScalars.last, Self.isInk(first), Self.isInk(last) { return self[...] }
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace }) else {
            return self[endIndex...]
        }
        return self[first...last]
    }

    @usableFromInline
    static func isInk(_ scalar: Unicode.Scalar) -> Bool { ("!"..."~").contains(scalar) }
}

/// The bytes as lowercase hex digits, two for each.
public func hex(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(2 * bytes.count)
    for byte in bytes {
        text.append(hexDigit(byte >> 4))
        text.append(hexDigit(byte & 15))
    }
    return String(decoding: text, as: UTF8.self)
}

private func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}

/// A number with leading zeros.
public func digits(_ number: Int, _ width: Int) -> String {
    var text: [UInt8] = []
    append(number, width, to: &text)
    return String(decoding: text, as: UTF8.self)
}

/// Appends a number with leading zeros; one below zero with a sign and without them.
func append(_ number: Int, _ width: Int, to text: inout [UInt8]) {
    guard number >= 0 else { return text += String(number).utf8 }
    var (unit, rest) = (1, number)
    for _ in 1..<max(width, 1) { unit *= 10 }
    while rest / unit >= 10 { unit *= 10 }
    while unit > 0 {
        text.append(UInt8(ascii: "0") + UInt8(rest / unit))
        rest %= unit
        unit /= 10
    }
}
