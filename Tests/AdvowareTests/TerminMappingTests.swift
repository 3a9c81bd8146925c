import Advoware
import Appointments
import JSON
import Testing

@Suite struct TerminMappingTests {
    private func termin(_ fields: [String: JSONValue]) -> Termin { Termin(fields: fields) }

    private func span(_ appointment: Appointment) -> String {
        "\(appointment.start) \(appointment.end)\(appointment.isAllDay ? " all day" : "")"
    }

    @Test(arguments: [
        // datum, uhrzeitVon, datumBis, uhrzeitBis, dauertermin, expected
        ("2025-05-05", "10:00:00", "2025-05-05", "11:30:00", 0, "2025-05-05T10:00:00 2025-05-05T11:30:00"),
        ("2025-05-05T00:00:00", "10:00", "2025-05-05T00:00:00", "11:30", 0, "2025-05-05T10:00:00 2025-05-05T11:30:00"),
        ("2025-05-05T00:00:00.000Z", "10:00", "2025-05-05T23:00:00Z", "11:30", 0, "2025-05-05T10:00:00 2025-05-05T11:30:00"),
        ("2025-05-05T14:00:00", nil, "2025-05-05T15:15:00", nil, 0, "2025-05-05T14:00:00 2025-05-05T15:00:00"),
        ("2025-05-05", "08:00", "2025-05-05T15:15:00", "", 0, "2025-05-05T08:00:00 2025-05-05T10:00:00"),
        ("2025-05-05", nil, "2025-05-05", nil, 0, "2025-05-05T09:00:00 2025-05-05T10:00:00"),
        ("2025-05-05T00:00:00", "", "2025-05-05T00:00:00", "", 0, "2025-05-05T09:00:00 2025-05-05T10:00:00"),
        ("2025-05-05", "unklar", "2025-05-05", "25:00", 0, "2025-05-05T09:00:00 2025-05-05T10:00:00"),
        ("2025-05-05", "14:00", "2025-05-05", nil, 0, "2025-05-05T14:00:00 2025-05-05T15:00:00"),
        ("2025-05-05", "08:00", nil, nil, 0, "2025-05-05T08:00:00 2025-05-05T09:00:00"),
        ("2025-05-05", "08:00", nil, "12:00", 0, "2025-05-05T08:00:00 2025-05-05T12:00:00"),
        ("2025-05-05", "08:00", "0001-01-01T00:00:00", "12:00", 0, "2025-05-05T08:00:00 2025-05-05T12:00:00"),
        ("2025-05-05", "14:00", "2025-05-05", "14:00", 0, "2025-05-05T14:00:00 2025-05-05T15:00:00"),
        ("2025-05-05", "22:00", "2025-05-06", "02:00", 0, "2025-05-05T22:00:00 2025-05-06T02:00:00"),
        ("2025-05-05", "10:00", "2025-05-06", "10:00", 0, "2025-05-05T10:00:00 2025-05-06T10:00:00"),
        ("2025-05-05", "10:00", "2025-05-06", "10:01", 0, "2025-05-05T00:00:00 2025-05-06T00:00:00 all day"),
        ("2025-05-05", "10:00", "2025-05-05", "11:00", 1, "2025-05-05T00:00:00 2025-05-05T00:00:00 all day"),
        ("2025-05-05", "00:00:00", "2025-05-07", "23:59:00", 1, "2025-05-05T00:00:00 2025-05-07T00:00:00 all day"),
        ("2025-05-05", nil, nil, nil, 1, "2025-05-05T00:00:00 2025-05-05T00:00:00 all day"),
        ("2025-03-30", "02:30", "2025-03-30", "04:00", 0, "2025-03-30T03:30:00 2025-03-30T04:00:00"),
        ("2025-10-26", "02:30", "2025-10-26", "03:00", 0, "2025-10-26T02:30:00 2025-10-26T03:00:00"),
    ])
    func readsTimesInEveryForm(datum: String, von: String?, datumBis: String?, bis: String?, dauer: Int, expected: String) throws {
        func value(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
        let read = termin([
            "Datum": .string(datum), "UHRZEITVON": value(von), "datumbis": value(datumBis), "UhrzeitBis": value(bis),
            "dauerTermin": .int(Int64(dauer)),
        ])
        #expect(span(try read.appointment()) == expected)
    }

    @Test(
        arguments: [
            nil, JSONValue.null, "", "bald", "2025-02-30", "0001-01-01T00:00:00", "9999-12-31T23:59:59", 20_250_505, ["2025-05-05"],
        ] as [JSONValue?])
    func withoutADateItIsUnusable(datum: JSONValue?) {
        #expect(throws: TerminProblem.noDate) { try termin(datum.map { ["datum": $0] } ?? [:]).appointment() }
    }

    @Test(arguments: [
        (1, 1, "2025-05-30", "daily 1 2025-05-30"), (2, 2, "2025-06-30", "weekly 2 2025-06-30"),
        (1, 3, "2025-12-31", "monthly 1 2025-12-05"),
        (1, 4, "2037-12-31", "yearly 1 endless"), (1, 2, "2037-01-01", "weekly 1 endless"), (3, 1, "2025-05-01", "daily 3 2025-05-05"),
        (1, 1, "9999-12-31T23:59:59", "daily 1 endless"),
        (0, 1, "2025-05-05", "none"), (1, 0, "2025-05-05", "none"), (1, 5, "2025-05-05", "none"), (-1, 1, "2025-05-05", "none"),
    ])
    func readsSeries(turnus: Int, art: Int, datumBis: String, expected: String) throws {
        let appointment = try termin([
            "datum": "2025-05-05", "uhrzeitVon": "10:00", "uhrzeitBis": "11:00", "datumBis": .string(datumBis), "dauertermin": 1,
            "turnus": .int(Int64(turnus)), "turnusArt": .int(Int64(art)),
        ]).appointment()
        let series = appointment.recurrence
        let text = series.map { "\($0.frequency.rawValue) \($0.interval) \($0.until?.description ?? "endless")" } ?? "none"
        #expect(text == expected)
        if series != nil { #expect(span(appointment) == "2025-05-05T10:00:00 2025-05-05T11:00:00") }
    }

    @Test func aSeriesOfWholeDaysIsOneBothWays() throws {
        let appointment = try termin([
            "datum": "2025-05-05", "uhrzeitVon": "00:00:00", "uhrzeitBis": "23:59:00", "datumBis": "2037-12-31", "dauertermin": 1,
            "turnus": 1,
            "turnusArt": 4,
        ]).appointment()
        #expect(appointment.isAllDay && appointment.recurrence == Recurrence(frequency: .yearly))
        let body = Termin.new(appointment, kuerzel: "SB")
        #expect(body["uhrzeitVon"] == "00:00:00" && body["uhrzeitBis"] == "23:59:00" && body["dauertermin"] == 1)
        #expect(body["datumBis"] == "2037-12-31T23:59:00" && body["turnus"] == 1 && body["turnusArt"] == 4)
    }

    @Test func aNewTerminHasWhatAdvowareWants() throws {
        let start = try #require(MomentText("2025-05-05T10:00")).wallTime
        let body = Termin.new(
            Appointment(start: start, end: start.adding(seconds: 5_400), text: "Müller", note: "n", place: "Köln", isPrivate: true),
            kuerzel: "SB")
        #expect(
            body == [
                "text": "Müller", "notiz": "n", "ort": "Köln", "datum": "2025-05-05T10:00:00", "uhrzeitVon": "10:00:00",
                "datumBis": "2025-05-05T11:30:00", "uhrzeitBis": "11:30:00", "dauertermin": 0, "turnus": 0, "turnusArt": 0,
                "vorbereitungsDauer": "00:00:00", "sb": "SB", "anwalt": "SB",
            ])
    }

    private var asRead: [String: JSONValue] {
        [
            "FrNr": 85861, "Datum": "2025-05-05T00:00:00", "uhrzeitvon": "10:00", "datumBis": "2025-05-05", "UhrzeitBis": "11:00",
            "UHRZEITBISTICKS": 396_000_000_000, "Text": "alt\r\n", "notiz": .string(String(repeating: "n", count: 9_000)), "ort": .null,
            "SB": "XY", "anwalt": "SB", "unbekannt": ["a": [1, 2.5, .null]], "privat": 1, "dauertermin": false,
        ]
    }

    @Test func replacingKeepsEveryFieldUnderTheSpellingRead() throws {
        var appointment = try termin(asRead).appointment()
        appointment.text = "neu"
        let start = try #require(MomentText("2025-05-06T08:00")).wallTime
        (appointment.start, appointment.end) = (start, start.adding(seconds: 1_800))
        var expected = asRead
        expected["UHRZEITBISTICKS"] = nil
        expected["Text"] = "neu"
        expected["Datum"] = "2025-05-06T08:00:00"
        expected["uhrzeitvon"] = "08:00:00"
        expected["datumBis"] = "2025-05-06T08:30:00"
        expected["UhrzeitBis"] = "08:30:00"
        expected["dauertermin"] = 0
        expected["turnus"] = 0
        expected["turnusArt"] = 0
        #expect(termin(asRead).replacing(with: appointment, timeOnly: false) == expected)
        expected["Text"] = "alt\r\n"
        #expect(termin(asRead).replacing(with: appointment.anonymized(), timeOnly: true) == expected)
    }

    @Test func replacingWithTheSameChangesNothing() throws {
        var expected = asRead
        expected["UHRZEITBISTICKS"] = nil
        let appointment = try termin(asRead).appointment()
        #expect(termin(asRead).replacing(with: appointment, timeOnly: false) == expected)
    }

    @Test(arguments: [nil, .null, ""] as [JSONValue?])
    func whereTheTicksAreTheOnlyEndWhatWasUnderstoodIsSentInstead(_ end: JSONValue?) throws {
        var read = asRead
        read["UhrzeitBis"] = end
        var expected = read
        expected["UHRZEITBISTICKS"] = nil
        var appointment = try termin(read).appointment()
        appointment.text = "neu"
        expected["Text"] = "neu"
        expected[end == nil ? "uhrzeitBis" : "UhrzeitBis"] = .string(appointment.end.time.description)
        #expect(termin(read).replacing(with: appointment, timeOnly: false) == expected)
        read["UHRZEITBISTICKS"] = .null
        #expect(termin(read).replacing(with: appointment, timeOnly: false)["UhrzeitBis"] == end, "without ticks nothing is lost")
    }

    @Test func replacingAnUnusableTerminMendsIt() throws {
        let appointment = try termin(asRead).appointment()
        let body = termin(["frnr": 1, "DATUM": "kaputt", "datum": .null]).replacing(with: appointment, timeOnly: false)
        #expect(body["DATUM"] == "2025-05-05T10:00:00" && body["datum"] == "2025-05-05T10:00:00" && body["text"] == "alt")
    }

    @Test(arguments: [
        ("2025-10-23T14:18:36.245", "2025-10-23T12:18:36.245000Z"), ("2025-10-23T14:18:36", "2025-10-23T12:18:36.000000Z"),
        ("2025-10-23T14:18:36.1234567Z", "2025-10-23T12:18:36.123456Z"), ("2025-10-26T02:30:00.5", "2025-10-26T01:30:00.500000Z"),
        ("2025-10-23 14:18:36.", "2025-10-23T12:18:36.000000Z"), ("0001-01-01T00:00:00", nil), ("23.10.2025 14:18", nil), ("", nil),
    ])
    func readsWhenItWasChangedAsBerlinTime(text: String, expected: String?) {
        #expect(termin(["ZuletztGeaendertAm": .string(text)]).zuletztGeaendertAm?.description == expected)
    }

    @Test(
        arguments: [
            ("frNr", 85861, 85861), ("frnr", "85861", 85861), ("FRNR", -3, -3), ("frNr", .null, nil), ("frNr", 0, nil), ("nr", 5, nil),
        ]
            as [(String, JSONValue, Int64?)])
    func findsItsNumber(name: String, value: JSONValue, expected: Int64?) {
        #expect(termin([name: value]).frNr == expected)
        #expect(termin([name: value]).isDerived == (expected == -3))
    }

    @Test(arguments: [
        ("SB", "SB", Ownership.exclusive), (" SB ", "SB", .exclusive), ("SB", "", .own), ("", "SB", .own), ("SB", "XY", .shared),
        ("XY", "SB", .shared), ("XY", "ZZ", .foreign), ("XY", "XY", .foreign), ("", "XY", .shared),
    ])
    func knowsWhoseItIs(sb: String, anwalt: String, expected: Ownership) {
        #expect(termin(["Sb": .string(sb), "ANWALT": .string(anwalt)]).ownership(of: "SB") == expected)
    }

    @Test(arguments: [
        ("SB", "sb", Ownership.shared), ("sb", "SB", .shared), ("sb", "sb", .foreign), ("sb", "XY", .foreign), ("SB", "SB", .exclusive),
        ("sb", "", .everybody),
    ])
    func kuerzelThatDifferInCaseAreTwoPeople(sb: String, anwalt: String, expected: Ownership) {
        #expect(termin(["sb": .string(sb), "anwalt": .string(anwalt)]).ownership(of: "SB") == expected)
    }

    @Test(arguments: [
        ("SB", "ALLE"), ("XY", "ALLE"), ("", "ALLE"), ("XY", "Allgemein"), ("XY", " alle "), ("SB", "ALLGEMEIN"), ("XY", ""), ("", ""),
    ])
    func isEverybodys(sb: String, anwalt: String) {
        for isPrivate in [0, 1] as [JSONValue] {
            let read = termin(["sb": .string(sb), "anwalt": .string(anwalt), "privat": isPrivate])
            #expect(read.ownership(of: "SB") == .everybody)
        }
    }

    @Test func whoIsNamedAlleOwnsWhatIsTheirs() {
        #expect(termin(["sb": "ALLE", "anwalt": "ALLE"]).ownership(of: "ALLE") == .exclusive)
        #expect(termin(["sb": "XY", "anwalt": "ALLE"]).ownership(of: "ALLE") == .shared)
    }

    @Test(arguments: [
        ("SB", "XY", Ownership.private), ("", "XY", .private), ("XY", "SB", .shared), ("SB", "SB", .exclusive), ("ZZ", "XY", .foreign),
    ])
    func isAnotherLawyersPrivateOne(sb: String, anwalt: String, expected: Ownership) {
        #expect(termin(["sb": .string(sb), "anwalt": .string(anwalt), "Privat": 1]).ownership(of: "SB") == expected)
    }

    @Test func readsPrivateAndTexts() throws {
        let appointment = try termin(["datum": "2025-05-05", "privat": "1", "TEXT": " a ", "Notiz": 5, "ort": true]).appointment()
        #expect(appointment.isPrivate && appointment.text == "a" && appointment.note == "5" && appointment.place == "")
    }
}
