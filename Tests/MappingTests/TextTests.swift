import Advoware
import Appointments
import GoogleCalendar
import JSON
import Testing

/// What people write arrives on the other side as they wrote it, and comes back the same.
@Suite struct TextTests {
    private func termin(_ note: String, _ text: String = "Termin") throws -> Appointment {
        try Termin(fields: ["datum": "2025-05-05", "text": .string(text), "notiz": .string(note), "ort": .string(text)]).appointment()
    }

    private func event(_ note: String, _ text: String = "Termin") throws -> Appointment {
        let time: JSONValue = ["dateTime": "2025-05-05T09:00:00+02:00"]
        return try Event(fields: [
            "start": time, "end": ["dateTime": "2025-05-05T10:00:00+02:00"], "summary": .string(text), "description": .string(note),
            "location": .string(text),
        ]).appointment()
    }

    /// The note as the other system is given it.
    private func sent(_ appointment: Appointment) -> (termin: String?, event: String?) {
        (
            Termin.new(appointment, kuerzel: "SB")["notiz"]?.stringValue,
            Event.fields(for: appointment, tag: nil, timeOnly: false)["description"]?.stringValue
        )
    }

    @Test(arguments: [
        "<b>Wichtig</b>: Akte mitbringen<br>Raum&nbsp;12", "<ul><li>eins</li><li>zwei</li></ul>",
        #"<a href="https://zoom.example/j/1?pwd=a&amp;x=1" target="_blank">Zoom</a>"#, "<html-blob>a<br/>b</html-blob>",
        "Streitwert < 5.000 & > 1.000 EUR", "a<b", "&lt;b&gt;kein Fett&lt;/b&gt;", "<script>alert(1)</script>", "<", "&",
        "&#128512; &auml;",
    ])
    func markupOfGooglesEditorIsTextAndStaysWhatItIs(note: String) throws {
        let read = try event(note)
        #expect(sent(read).termin == note)
        // Read back from Advoware and written again, it is the same: nothing to send, nothing lost, however often it goes around.
        #expect(try termin(note) == read)
        #expect(sent(try termin(note)).event == note)
    }

    @Test func lineEndsOfNotesAreTheSameOnBothSidesAndAreNoChange() throws {
        let windows = "Ladung\r\n\r\nZeuge: Müller\rSaal 3\r\n"
        let read = try termin(windows)
        #expect(read.note == "Ladung\n\nZeuge: Müller\nSaal 3")
        #expect(sent(read).event == "Ladung\n\nZeuge: Müller\nSaal 3")
        #expect(try event(read.note) == read)
        // A Termin that says the same is sent back with its own line ends.
        let stored = Termin(fields: ["frNr": 1, "datum": "2025-05-05", "text": "Termin", "notiz": .string(windows), "ort": "Termin"])
        #expect(stored.replacing(with: read, timeOnly: false)["notiz"] == .string(windows))
    }

    @Test(arguments: ["🎻", "🇩🇪", "👩‍👩‍👧", "e\u{302}\u{323}", "한", "👍🏽"])
    func aCharacterIsInOrOutButNeverHalf(character: String) throws {
        let width = character.precomposedUTF16Count
        for before in (TextLimits.text - width - 1)...TextLimits.text {
            let text = String(repeating: "x", count: before) + character + "Ende"
            let (there, here) = (try event("", text), try termin("", text))
            let fits = before + width <= TextLimits.text
            #expect(there.text.hasPrefix(String(repeating: "x", count: before)) && there.text.contains(character) == fits)
            #expect(there.text.utf16.count <= TextLimits.text && there.text == there.place)
            #expect(there == here && there.canonical() == there)
            #expect(!there.text.unicodeScalars.contains("\u{FFFD}"))
        }
        let note = String(repeating: "y", count: TextLimits.note - 1) + character
        #expect(try event(note).note.utf16.count <= TextLimits.note)
        #expect(try event(note) == termin(note))
    }

    @Test func everyControlCharacterIsDroppedOrIsWhiteSpaceAndNothingElseIs() throws {
        for value in (UInt32(0)...0xFF).map({ $0 }) + [0x200B, 0x200D, 0x2028, 0x2029, 0xFEFF, 0xFFFD] {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = "a\(Character(scalar))b"
            let read = try event(text, text)
            #expect(try termin(text, text) == read && read.canonical() == read, "U+\(String(value, radix: 16))")
            for kept in [read.text, read.note] { #expect(kept.unicodeScalars.first == "a" && kept.unicodeScalars.last == "b") }
            #expect(read.text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
            if scalar.properties.generalCategory != .control, ![0x2028, 0x2029].contains(value) { #expect(read.text == text) }
        }
    }

    @Test func missingTextsAreEmptyTextsAndClearWhatWasThere() throws {
        let empty = try Termin(fields: ["datum": "2025-05-05", "text": .null, "notiz": ""]).appointment()
        #expect((empty.text, empty.note, empty.place) == ("", "", ""))
        let fields = Event.fields(for: empty, tag: nil, timeOnly: false)
        #expect(fields["summary"] == "" && fields["description"] == "" && fields["location"] == "")
        let stored = Termin(fields: ["datum": "2025-05-05", "TEXT": "alt", "Notiz": "alt", "ort": "alt"])
        let body = stored.replacing(with: empty, timeOnly: false)
        #expect(body["TEXT"] == "" && body["Notiz"] == "" && body["ort"] == "")
    }

    @Test(arguments: ["ÄÖ", "A\u{308}O\u{308}", "Müß", "É1", "ŞÇ", "K-1/2"])
    func aKuerzelWithUmlautsStaysTheSameEmployee(kuerzel: String) throws {
        let body = Termin.new(try termin("x"), kuerzel: kuerzel)
        #expect(body["sb"]?.stringValue == kuerzel && body["anwalt"]?.stringValue == kuerzel)
        #expect(Termin(fields: body).ownership(of: kuerzel) == .exclusive)
        let tag = EventTag(syncID: "0a1b2c3d-0000-4000-8000-000000000001", frNr: 1, kuerzel: kuerzel, source: "google", anonymized: false)
        #expect(Event(fields: Event.fields(for: try termin("x"), tag: tag, timeOnly: false)).tag == tag)
    }
}

extension String {
    /// UTF-16 units in the composed form, which is how texts are kept.
    fileprivate var precomposedUTF16Count: Int {
        let start = WallTime(date: LocalDate(dayNumber: 20_000))
        return Appointment(start: start, end: start, text: self).canonical().text.utf16.count
    }
}
