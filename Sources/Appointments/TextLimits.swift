import Foundation

/// What texts look like in canonical form: Unicode NFC, every line end an LF, no other control characters (a tab becomes a space), no white
/// space around them, cut where the smaller of both systems ends.
///
/// Advoware publishes no limits and Google only some; these are the smaller of what both are known to take, in UTF-16 units, which both count.
public enum TextLimits {
    /// For the text.
    public static let text = 1_024
    /// For the place.
    public static let place = 1_024
    /// For the note.
    public static let note = 8_192

    /// The canonical form of a text of one line: line ends become spaces.
    static func line(_ text: String, limit: Int) -> String { canonical(text, lineEnd: " ", limit: limit) }

    /// The canonical form of a text of many lines.
    static func lines(_ text: String, limit: Int) -> String { canonical(text, lineEnd: "\n", limit: limit) }

    private static func canonical(_ text: String, lineEnd: Unicode.Scalar, limit: Int) -> String {
        if isCanonical(text, allowing: lineEnd, limit: limit) { return text }
        let clean = cleaned(text, lineEnd: lineEnd)
        return String(cut(composed(clean).trimmed, limit: limit).trimmed)
    }

    /// Whether a look at the bytes is enough to say so; nearly every text is that plain.
    private static func isCanonical(_ text: String, allowing lineEnd: Unicode.Scalar, limit: Int) -> Bool {
        let bytes = text.utf8.span
        guard !bytes.isEmpty else { return true }
        // There are no fewer bytes than UTF-16 units. White space beyond ASCII is for the long way.
        guard bytes.count <= limit, bytes[0] > 0x20, bytes[0] != 0xC2, bytes[bytes.count - 1] > 0x20 else { return false }
        var place = 0
        while place < bytes.count {
            switch bytes[place] {
            case 0x20...0x7E: break
            case 0x0A where lineEnd == "\n": break
            // U+0080 to U+00BF: controls, the last of them U+009F; U+00A0 is white space.
            case 0xC2 where place + 1 < bytes.count - 1 && bytes[place + 1] >= 0xA0: place += 1
            // U+00C0 to U+02FF: all of them letters and marks of their own, in normal form.
            case 0xC3...0xCB: place += 1
            // U+2010 to U+2027, dashes and quotation marks; U+20A0 to U+20BF, currencies; U+2600 to U+27BF and U+1F300 to U+1FAFF,
            // pictures: the same can be said of them.
            case 0xE2 where bytes[place + 1] == 0x80 && (0x90...0xA7).contains(bytes[place + 2]): place += 2
            case 0xE2 where bytes[place + 1] == 0x82 && bytes[place + 2] >= 0xA0: place += 2
            case 0xE2 where (0x98...0x9E).contains(bytes[place + 1]): place += 2
            case 0xF0 where bytes[place + 1] == 0x9F && (0x8C...0xAB).contains(bytes[place + 2]): place += 3
            default: return false
            }
            place += 1
        }
        return true
    }

    private static func cleaned(_ text: String, lineEnd: Unicode.Scalar) -> String {
        var result = String.UnicodeScalarView()
        var afterReturn = false
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A where afterReturn: break
            case 0x0A...0x0D, 0x85, 0x2028, 0x2029: result.append(lineEnd)
            case 0x09: result.append(" ")
            case 0x00...0x1F, 0x7F...0x9F: break
            default: result.append(scalar)
            }
            afterReturn = scalar.value == 0x0D
        }
        return String(result)
    }

    private static func composed(_ text: String) -> String {
        text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
    }

    /// Whole characters only, as many as fit.
    private static func cut(_ text: Substring, limit: Int) -> Substring {
        guard text.utf16.count > limit else { return text }
        var end = text.startIndex
        var count = 0
        for index in text.indices {
            count += text[index].utf16.count
            if count > limit { break }
            end = text.index(after: index)
        }
        return text[..<end]
    }
}
