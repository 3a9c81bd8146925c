import Appointments
import GoogleCalendar
import JSON
import Testing

@Suite struct EventMappingTests {
    private func span(_ event: Event) throws -> String {
        let appointment = try event.appointment()
        return "\(appointment.start) \(appointment.end)\(appointment.isAllDay ? " all day" : "")"
    }

    private func time(_ text: String, _ zone: String? = nil) -> JSONValue {
        zone.map { ["dateTime": .string(text), "timeZone": .string($0)] } ?? ["dateTime": .string(text)]
    }

    @Test(arguments: [
        // start, its zone, end, expected
        ("2025-05-05T10:00:00+02:00", "Europe/Berlin", "2025-05-05T11:00:00+02:00", "2025-05-05T10:00:00 2025-05-05T11:00:00"),
        ("2025-05-05T08:00:00Z", nil, "2025-05-05T09:00:00.000Z", "2025-05-05T10:00:00 2025-05-05T11:00:00"),
        ("2025-05-05T10:00:00", "Europe/Berlin", "2025-05-05T11:00:00", "2025-05-05T10:00:00 2025-05-05T11:00:00"),
        ("2025-05-05T04:00:00", "America/New_York", "2025-05-05T09:00:00Z", "2025-05-05T10:00:00 2025-05-05T11:00:00"),
        ("2025-05-05T04:00:00-04:00", "Keine/Zone", "2025-05-05T09:00:00Z", "2025-05-05T10:00:00 2025-05-05T11:00:00"),
        ("2025-05-05T10:00:00+02:00", nil, "2025-05-06T10:00:00+02:00", "2025-05-05T10:00:00 2025-05-06T10:00:00"),
        ("2025-05-05T10:00:00+02:00", nil, "2025-05-07T00:00:00+02:00", "2025-05-05T00:00:00 2025-05-06T00:00:00 all day"),
        ("2025-05-05T10:00:00+02:00", nil, "nie", "2025-05-05T10:00:00 2025-05-05T11:00:00"),
        ("2025-05-05T10:00:00+02:00", nil, "2025-05-05T10:00:00+02:00", "2025-05-05T10:00:00 2025-05-05T11:00:00"),
        // Both passes of the hour that comes twice are one clock reading, because Advoware has only that.
        ("2025-10-26T02:30:00+02:00", nil, "2025-10-26T03:00:00+01:00", "2025-10-26T02:30:00 2025-10-26T03:00:00"),
        ("2025-10-26T02:30:00+01:00", nil, "2025-10-26T03:00:00+01:00", "2025-10-26T02:30:00 2025-10-26T03:00:00"),
    ])
    func readsTimedEventsInAnyZone(start: String, zone: String?, end: String, expected: String) throws {
        #expect(try span(Event(fields: ["start": time(start, zone), "end": time(end, zone)])) == expected)
    }

    @Test func readsWholeDaysWhoseEndIsExclusive() throws {
        let event = Event(fields: ["start": ["date": "2025-05-05"], "end": ["date": "2025-05-07", "dateTime": .null]])
        #expect(try span(event) == "2025-05-05T00:00:00 2025-05-06T00:00:00 all day")
        let short = Event(fields: ["start": ["date": "2025-05-05"], "end": ["date": "2025-05-05"]])
        #expect(try span(short) == "2025-05-05T00:00:00 2025-05-05T00:00:00 all day")
        #expect(try span(Event(fields: ["start": ["date": "2025-05-05"]])) == "2025-05-05T00:00:00 2025-05-05T00:00:00 all day")
    }

    @Test func saysWhyAnEventIsNoAppointment() {
        let start = time("2025-05-05T10:00:00Z")
        let problems: [(EventProblem, [String: JSONValue])] = [
            (.cancelled, ["start": start, "status": "cancelled"]), (.badTimes, [:]), (.badTimes, ["start": time("morgen")]),
            (.badTimes, ["start": time("2025-05-05T10:00:00", "Keine/Zone")]),
            (.unsupportedEventType, ["start": start, "eventType": "birthday"]),
            (.idTooLong, ["start": start, "id": .string(String(repeating: "a", count: 256))]),
        ]
        for (problem, fields) in problems {
            #expect(throws: problem) { try Event(fields: fields).appointment() }
        }
    }

    @Test func readsItsOtherFields() throws {
        let event = Event(fields: [
            "id": "abc", "etag": "\"1\"", "updated": "2025-05-05T10:00:00.123Z", "recurringEventId": "m", "organizer": ["email": "x@y"],
            "originalStartTime": ["date": "2025-05-05"], "iCalUID": "u",
        ])
        #expect(event.id == "abc" && event.etag == "\"1\"" && event.iCalUID == "u" && event.isOccurrence && event.isInvitation)
        #expect(event.updated?.description == "2025-05-05T10:00:00.123000Z" && event.originalStart?.description == "2025-05-05T00:00:00")
        let own = Event(fields: ["organizer": ["self": true], "status": "cancelled", "eventType": "focusTime"])
        #expect(!own.isInvitation && own.isCancelled && own.eventType == "focusTime" && own.id == nil && own.updated == nil)
    }

    @Test func writesEveryMappedFieldSoThatAPatchClearsWhatVanished() throws {
        let start = try #require(MomentText("2025-05-05T10:00")).wallTime
        let timed = Event.fields(
            for: Appointment(start: start, end: start.adding(seconds: 60), text: "t", isPrivate: true), tag: nil, timeOnly: false)
        #expect(
            timed == [
                "summary": "t", "description": "", "location": "", "visibility": "private", "recurrence": .null,
                "start": ["dateTime": "2025-05-05T10:00:00+02:00", "timeZone": "Europe/Berlin", "date": .null],
                "end": ["dateTime": "2025-05-05T10:01:00+02:00", "timeZone": "Europe/Berlin", "date": .null],
            ])
        let days = Event.fields(for: Appointment(start: start, end: start, isAllDay: true), tag: nil, timeOnly: true)
        #expect(
            days == [
                "start": ["date": "2025-05-05", "dateTime": .null, "timeZone": .null],
                "end": ["date": "2025-05-06", "dateTime": .null, "timeZone": .null], "recurrence": .null,
            ])
    }

    @Test func theTagComesBackAndHoldsNoContent() throws {
        let start = try #require(MomentText("2025-05-05T10:00")).wallTime
        let appointment = Appointment(start: start, end: start, text: "Geheim", note: "Geheim", place: "Geheim")
        for frNr in [85861, nil] as [Int64?] {
            let tag = EventTag(
                syncID: "0A1B2C3D-0000-4000-8000-000000000001", frNr: frNr, kuerzel: "MÜ", source: "google", anonymized: true)
            let fields = Event.fields(for: appointment, tag: tag, timeOnly: true)
            #expect(Event(fields: fields).tag == tag)
            #expect(!JSONValue.object(fields).text.contains("Geheim"))
        }
        let damaged: JSONValue = ["private": ["sync_id": "keine", "frNr": "5"]]
        #expect(Event(fields: ["extendedProperties": damaged]).tag == nil)
        #expect(Event(fields: [:]).tag == nil)
    }

    @Test(arguments: ["", "A\0B", "A\u{7}", "MEHRALSZEHN", nil] as [String?])
    func aTagWithoutAUsableKuerzelIsNoneButNeverLosesThatItIsAnonymised(_ kuerzel: String?) {
        var properties: [String: JSONValue] = ["sync_id": "0a1b2c3d-0000-4000-8000-000000000001", "source": "google", "anonymized": "true"]
        properties["kuerzel"] = kuerzel.map { .string($0) }
        let event = Event(fields: ["extendedProperties": ["private": .object(properties)]])
        #expect(event.tag == nil && event.isTaggedAnonymized)
        properties["kuerzel"] = "ZEHNZEICHÖ"
        #expect(Event(fields: ["extendedProperties": ["private": .object(properties)]]).tag?.kuerzel == "ZEHNZEICHÖ")
    }

    @Test func anIDThatNoDatabaseHoldsIsNone() {
        #expect(Event(fields: ["id": "a\0b"]).id == nil)
    }

    @Test func aTombstoneWithNothingButItsIDSaysWhichOccurrenceItWas() {
        let timed = Event(fields: ["id": "a_b_20261201T090000Z", "status": "cancelled"])
        #expect(timed.recurringEventId == "a_b" && timed.originalStart?.description == "2026-12-01T10:00:00")
        let allDay = Event(fields: ["id": "ab_20261201", "status": "cancelled"])
        #expect(allDay.recurringEventId == "ab" && allDay.originalStart?.description == "2026-12-01T00:00:00")
        for id in ["ab", "_20261201", "ab_R20261201T090000", "ab_20261201T090000", "ab_20261331", "ab_x"] {
            #expect(!Event(fields: ["id": .string(id), "status": "cancelled"]).isOccurrence)
        }
        #expect(!Event(fields: ["id": "ab_20261201", "status": "confirmed"]).isOccurrence)
    }

    @Test(
        "What a split appends to an id is no part of the family's, an imported event's own id is",
        arguments: [
            ("abc", "abc"), ("abc_R20261201T090000", "abc"), ("abc_R20261201", "abc"), ("abc_R20261201T090000Z_R20270101", "abc"),
            ("_60q30c1g60o30e1i60o4ac1g", "_60q30c1g60o30e1i60o4ac1g"), ("_60q30c_R20261201", "_60q30c"), ("abc_R2026", "abc_R2026"),
            ("_R20261201", "_R20261201"), ("abc_20261201", "abc_20261201"),
        ])
    func family(id: String, family: String) { #expect(SeriesID.family(of: id) == family) }

    @Test func theOccurrencesOfALaterPartBeginWithTheFirstPartsID() throws {
        let half = Event(fields: [
            "id": "ab_R20261231T080000", "start": ["dateTime": "2026-12-31T09:00:00+01:00", "timeZone": "Europe/Berlin"],
            "end": ["dateTime": "2026-12-31T10:00:00+01:00", "timeZone": "Europe/Berlin"], "recurrence": ["RRULE:FREQ=WEEKLY"],
        ])
        let one = try half.regularOccurrences(of: half.appointment(), on: #require(LocalDate(year: 2027, month: 1, day: 7)))
        #expect(one.map(\.id) == ["ab_20270107T080000Z"] && one.map(\.recurringEventId) == ["ab_R20261231T080000"])
    }

    @Test func anImportedEventIsASingleOne() {
        #expect(!Event(fields: ["id": "_60q30c1g60o30e1i60o4ac1g", "status": "cancelled"]).isOccurrence)
    }

    @Test func whoDeclinedHasNoAppointment() {
        func event(_ answer: String, isOwn: Bool = true) -> Event {
            Event(fields: ["id": "abcde", "attendees": [["self": .bool(isOwn), "responseStatus": .string(answer)]]])
        }
        #expect(event("declined").isCancelled && event("declined").isDeclined)
        #expect(!event("accepted").isCancelled && !event("needsAction").isCancelled && !event("declined", isOwn: false).isCancelled)
    }

    @Test func aSeriesThatBeginsBeforeAdvowaresYearsIsCarriedByOccurrence() throws {
        func event(_ year: String) -> Event {
            Event(fields: [
                "id": "abcde", "summary": "Geburtstag", "recurrence": ["RRULE:FREQ=YEARLY"],
                "start": ["date": .string(year + "-05-05")], "end": ["date": .string(year + "-05-06")],
            ])
        }
        #expect(throws: EventProblem.seriesNotRepresentable(.beginsEarly)) { try event("1604").appointment() }
        #expect(try event("1604").firstOccurrence().text == "Geburtstag")
        #expect(throws: EventProblem.badTimes) { try event("3604").appointment() }
        #expect(try event("1900").appointment().recurrence != nil)
    }
}
