extension JSONValue {
    /// The value with U+FFFD in place of every U+0000 in its strings and keys, for those who cannot hold that character.
    public var withoutNULs: JSONValue {
        switch self {
        case .string(let text): .string(Self.withoutNULs(text))
        case .array(let elements): .array(elements.map(\.withoutNULs))
        case .object(let fields):
            .object(Dictionary(fields.map { (Self.withoutNULs($0.key), $0.value.withoutNULs) }) { first, _ in first })
        default: self
        }
    }

    private static func withoutNULs(_ text: String) -> String {
        text.unicodeScalars.contains("\0") ? text.replacing("\0", with: "\u{FFFD}") : text
    }
}
