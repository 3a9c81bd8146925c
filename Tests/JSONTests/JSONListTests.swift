import JSON
import Testing

struct JSONListTests {
    @Test(arguments: ["", "[1,2", "[1] 2", "[\"\u{1}\"]", "[{\"a\":}]", "<html>"])
    func whatIsNotJSONIsRefusedWhole(_ text: String) {
        #expect(throws: JSONError.self) { try JSONList(parsing: Array(text.utf8)) }
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        #expect(throws: JSONError.self) { try JSONList(parsing: [0x5B, 0x22, 0xC3, 0x22, 0x5D]) }
        #expect(throws: JSONError.self) { try JSONList(parsing: [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D], field: "items") }
    }

    @Test func aDocumentWithoutTheListHasNoElements() throws {
        for (text, field) in [("{}", "items"), ("7", nil), ("{\"items\": []}", nil), ("[]", "items")] as [(String, String?)] {
            #expect(try JSONList(parsing: Array(text.utf8), field: field).elements == nil, "\(text)")
        }
        let other = try JSONList(parsing: Array(#"{"items": 7}"#.utf8), field: "items")
        #expect(other.elements == nil && other.fields == ["items": 7])
    }

    @Test func fieldsAreFoundInAnySpelling() {
        let fields = JSONFields(JSONView(["FRNR": nil, "FrNr": 2, "frNr": 3, "fr\u{301}nr": 4, "ort": "Köln"]))
        #expect(fields[anySpelling: "frnr"]?.intValue == 2, "of those that are not null the spelling that sorts first")
        #expect(fields[anySpelling: "ORT"]?.stringValue == "Köln")
        #expect(fields[anySpelling: "text"]?.value == nil)
        #expect(fields["frnr"]?.value == nil && fields["frNr"]?.intValue == 3)
    }

    @Test func aNameMayBeSpelledWithEscapes() throws {
        let list = try JSONList(parsing: Array(#"[{"\u0066rNr": 1, "x": {"\u006frt": 2}}]"#.utf8))
        let fields = JSONFields(try #require(list.elements?.first))
        #expect(fields["frNr"]?.intValue == 1 && fields[anySpelling: "FRNR"]?.intValue == 1)
        #expect(fields["x"]?["ort"]?.intValue == 2)
    }

    @Test func ofAKeyGivenTwiceTheFirstValueIsKept() throws {
        let list = try JSONList(parsing: Array(#"[{"a": 1, "a": 2}]"#.utf8))
        let view = try #require(list.elements?.first)
        #expect(view["a"]?.intValue == 1 && JSONFields(view)["a"]?.intValue == 1 && view.value == ["a": 1])
    }
}

struct JSONTextTests {
    @Test func isWrittenPieceByPieceAndReadsBack() throws {
        var inner = JSONText.object()
        inner.add("x", "\"\\\n\u{1}ä😀\r\t")
        var list = JSONText.array()
        list.append(inner)
        list.append(JSONText.object())
        var text = JSONText.object()
        text.add("none", nil)
        text.add("flag", true)
        text.add("number", -7)
        text.add("list", list)
        text.add("empty", JSONText.array())
        text.openArray("open")
        text.append(inner)
        text.append(JSONText.object())
        #expect(
            try JSONValue(parsing: text.text().utf8)
                == [
                    "none": nil, "flag": true, "number": -7, "list": [["x": "\"\\\n\u{1}ä😀\r\t"], [:]], "empty": [],
                    "open": [["x": "\"\\\n\u{1}ä😀\r\t"], [:]],
                ])
        #expect(text["number"] == -7 && text["other"] == nil)
    }

    @Test func whatNoDatabaseHoldsIsReplaced() {
        var text = JSONText.object()
        text.add("a", "x\0y\0")
        #expect(text.text() == "{\"a\":\"x\u{FFFD}y\u{FFFD}\"}")
    }
}
