import Basics

extension Strikes {
    /// What a system keeps of a text that it was told.
    func stored(_ text: String) -> String {
        var text = text
        if has(.textTrimmed) { text = String(text.split(whereSeparator: \.isNewline).map(\.trimmed).joined(separator: "\n").trimmed) }
        if has(.textCut) { text = String(text.prefix(20)) }
        if has(.lineEndsChanged) {
            text = text.contains("\r\n") ? text.replacing("\r\n", with: "\n") : text.replacing("\n", with: "\r\n")
        }
        if has(.emojiLost) { text = String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value > 0xFFFF ? "?" : $0 })) }
        return text
    }
}
