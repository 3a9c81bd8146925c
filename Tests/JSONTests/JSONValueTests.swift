import JSON
import Testing

struct JSONValueTests {
    private func parsed(_ text: String) throws -> JSONValue {
        try JSONValue(parsing: text.utf8)
    }

    @Test func everyTypeIsReadAsItself() throws {
        let value = try parsed(
            #" {"n": null, "t": true, "f": false, "i": -7, "d": 1.5, "s": "ä\n\u0041\ud83d\ude00", "a": [1, "x", []], "o": {}} "#)
        #expect(
            value == [
                "n": nil, "t": true, "f": false, "i": -7, "d": 1.5, "s": "ä\nA😀", "a": [1, "x", []], "o": [:],
            ])
    }

    @Test func aDocumentMayBeASingleValue() throws {
        #expect(try parsed("null").isNull)
        #expect(try parsed("85861") == 85861)
        #expect(try parsed("\"\"") == "")
        #expect(try parsed("[]") == [])
    }

    @Test func zeroAndOneAreNumbersAndNoTruthValues() throws {
        #expect(try parsed("[0, 1]") == [0, 1])
        #expect(try parsed("1").boolValue == nil)
        #expect(try parsed("true").intValue == nil)
    }

    @Test func largeNumbersKeepTheirValue() throws {
        #expect(try parsed("9223372036854775807") == .int(.max))
        #expect(try parsed("-9223372036854775808") == .int(.min))
        #expect(try parsed("1e300") == .double(1e300))
        #expect(
            try parsed("[1e21, 1.10, 0.1, -2e10, 5e-324, 1.7976931348623157e308]").arrayValue?.allSatisfy {
                $0.intValue != nil || $0.isDouble
            } == true)
    }

    @Test(arguments: [
        "9223372036854775808", "-9223372036854775809", "1234567890.123456789", "0.1234567890123456789", "-12345678901234567890.5",
    ])
    func aNumberThatNeitherIntegerNorDoubleHoldsIsWrittenAsItWasRead(_ text: String) throws {
        #expect(try parsed("[\(text)]").text == "[\(text)]")
        #expect(try parsed(text) == .number(text))
        #expect(try parsed(text).intValue == nil)
    }

    @Test func aNumberBeyondAllRangesDoesNotCostTheDocument() throws {
        #expect(try parsed(#"{"x": [1e400, -1e999, 7], "text": "1e400 \"1e400\""}"#) == ["x": [nil, nil, 7], "text": "1e400 \"1e400\""])
    }

    @Test(arguments: [
        (#""a\ud83d""#, "a\u{FFFD}"), (#""\uDE00b""#, "\u{FFFD}b"), (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
        (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
        (#""\\ud83d \ud83d""#, "\\ud83d \u{FFFD}"), (#""\\\ud83d\\""#, "\\\u{FFFD}\\"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
        (#""\ud83d\"x""#, "\u{FFFD}\"x"),
    ])
    func halfOfASurrogatePairDoesNotCostTheDocument(_ text: String, _ read: String) throws {
        #expect(try parsed("[\(text), 1]") == [.string(read), 1])
    }

    @Test func wholeNumbersAreFoundInStringsAndDoubles() {
        #expect(JSONValue.string("85861").intValue == 85861)
        #expect(JSONValue.string("-3").intValue == -3)
        #expect(JSONValue.double(2).intValue == 2)
        for other in ["", " 1", "+1", "1.0", "1a", "9223372036854775808"] { #expect(JSONValue.string(other).intValue == nil) }
        for other in [2.5, .nan, .infinity, 1e300] { #expect(JSONValue.double(other).intValue == nil) }
    }

    @Test func fieldsAreFoundInAnyCaseAndTheExactSpellingWins() {
        let value: JSONValue = ["frnr": 1, "FrNr": 2, "ORT": "Köln"]
        #expect(value["frNr"] == nil)
        #expect(value[caseInsensitive: "frnr"] == 1)
        #expect(value[caseInsensitive: "FrNr"] == 2)
        #expect(value[caseInsensitive: "frNr"] == 2, "of two other spellings the one that sorts first")
        #expect(value[caseInsensitive: "ort"] == "Köln")
        #expect(value[caseInsensitive: "text"] == nil)
        #expect(JSONValue.array([])["ort"] == nil)
    }

    @Test func whatIsWrittenIsSortedAndCompact() {
        let value: JSONValue = ["b": [1, nil, true, 2.5], "a": "x/\"\\\n\u{1}\u{1f}ü", "B": [:], "ä": .double(.nan)]
        #expect(value.text == #"{"B":{},"a":"x/\"\\\n\u0001\u001fü","b":[1,null,true,2.5],"ä":null}"#)
    }

    @Test func whatWasWrittenReadsBackEqual() throws {
        let value: JSONValue = [
            "text": "Müller ./. \"Meier\" \\\r\n\t\u{7f}\u{2028}👩🏽‍⚖️",
            "numbers": [0, -1, .int(.max), .int(.min), 0.1, .double(.leastNonzeroMagnitude), 1.7976931348623157e308, 1e21],
            "": ["": ["": []]],
        ]
        #expect(try JSONValue(parsing: value.bytes()) == value)
    }

    @Test(arguments: [
        "", " ", "{", "[,1]", "{\"a\" 1}", "{a:1}", "'a'", "01", "1.", ".5", "+1", "NaN", "nul", "\"\u{1}\"", "\"\\x\"", "\"\\ud800",
        "\"\\ud80\"", "[1e400", "1e400.", "-",
        "[1] 2",
        "<html><body>502</body></html>",
    ])
    func whatIsNotJSONIsRefused(_ text: String) {
        let error = #expect(throws: JSONError.self) { try parsed(text) }
        #expect(error?.byteCount == text.utf8.count)
    }

    @Test func whatIsNotUTF8IsRefused() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xC3, 0x22]) }
    }

    @Test func deepNestingIsRefused() throws {
        func nested(_ levels: Int) -> String { String(repeating: "[", count: levels) + String(repeating: "]", count: levels) }
        _ = try parsed(nested(500))
        #expect(throws: JSONError.self) { try parsed(nested(513)) }
        #expect(throws: JSONError.self) { try parsed(nested(1_000_000)) }
        #expect(throws: JSONError.self) { try parsed(String(repeating: "{\"a\":", count: 100_000)) }
    }

    @Test func anErrorSaysNothingOfTheContent() {
        let error = #expect(throws: JSONError.self) { try parsed("{\"text\": \"Müller\", }}") }
        #expect(error.map { "\($0)".contains("ller") } == false)
    }
}

extension JSONValue {
    fileprivate var isDouble: Bool {
        if case .double = self { true } else { false }
    }
}
