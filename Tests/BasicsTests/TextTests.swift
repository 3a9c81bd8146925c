import Basics
import Testing

@Suite struct TextTests {
    @Test(arguments: [("", ""), (" \t\n", ""), ("a", "a"), ("\u{A0} a b\r\n", "a b"), ("a ", "a"), (" a", "a")])
    func trimsWhiteSpaceAroundAText(text: String, expected: String) {
        #expect(text.trimmed == expected)
        #expect(text[...].trimmed == expected)
    }

    @Test func writesTwoDigitsForEachByte() {
        #expect(hex([]) == "")
        #expect(hex([0, 0x0A, 0xF0, 0xFF]) == "000af0ff")
    }
}
