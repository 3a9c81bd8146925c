import Appointments
import GoogleCalendar
import JSON
import Testing

@testable import Listener

@Suite("An entry of a series")
struct SeriesObserverTests {
    private func observe(_ event: Event, _ occurrences: [Event] = []) throws -> Observed<Event> {
        try Observer(key: FingerprintKey(secret: [1, 2, 3]), employee: "SB").observe(event, event.id ?? "", occurrences: occurrences)
    }

    private func master(_ rule: String = "RRULE:FREQ=WEEKLY", _ more: String...) -> Event {
        Event(fields: [
            "id": "abcde", "summary": "Jour fixe", "recurrence": .array(([rule] + more).map { .string($0) }),
            "start": ["dateTime": "2026-03-02T10:00:00+01:00", "timeZone": "Europe/Berlin"],
            "end": ["dateTime": "2026-03-02T11:00:00+01:00", "timeZone": "Europe/Berlin"],
        ])
    }

    private func occurrence(_ day: String, on other: String? = nil, status: String = "confirmed", text: String = "Jour fixe") -> Event {
        Event(fields: [
            "id": .string("abcde_\(day)"), "recurringEventId": "abcde", "status": .string(status), "summary": .string(text),
            "originalStartTime": ["dateTime": .string("\(day)T10:00:00+01:00")],
            "start": ["dateTime": .string("\(other ?? day)T10:00:00+01:00")],
            "end": ["dateTime": .string("\(other ?? day)T11:00:00+01:00")],
        ])
    }

    @Test("whose occurrences say what the rule says is that of the rule alone")
    func regular() throws {
        let plain = try observe(master())
        let listed = try observe(master(), [occurrence("2026-03-02"), occurrence("2026-03-09")])
        #expect(plain.entry == listed.entry)
        #expect(plain.entry["is_series"] == true)
        #expect(plain.entry["obstacle"] == nil)
        #expect(plain.appointment != nil)
    }

    @Test(
        "changes with every exception",
        arguments: [
            ("2026-03-09", nil, "cancelled", "Jour fixe"), ("2026-03-09", "2026-03-10", "confirmed", "Jour fixe"),
            ("2026-03-09", nil, "confirmed", "Einmalig"), ("2026-03-16", nil, "cancelled", "Jour fixe"),
        ] as [(String, String?, String, String)])
    func exception(day: String, other: String?, status: String, text: String) throws {
        let plain = try observe(master())
        let changed = try observe(master(), [occurrence("2026-03-02"), occurrence(day, on: other, status: status, text: text)])
        #expect(changed.entry["obstacle"] == "exceptions")
        #expect(changed.entry["fingerprint"] != plain.entry["fingerprint"])
        #expect(changed.entry["time_fingerprint"] != plain.entry["time_fingerprint"])
        // Nobody may take it for a series that Advoware can represent.
        #expect(changed.appointment == nil)
    }

    @Test("with the same exceptions is the same, in whatever order they come")
    func order() throws {
        let (one, other) = (occurrence("2026-03-09", status: "cancelled"), occurrence("2026-03-16", text: "Einmalig"))
        #expect(try observe(master(), [one, other]).entry == observe(master(), [other, one]).entry)
    }

    @Test("that Advoware cannot represent has a fingerprint of its own for every rule, and no end")
    func obstacle() throws {
        let two = try observe(master("RRULE:FREQ=WEEKLY;BYDAY=MO,WE"))
        let three = try observe(master("RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR"))
        #expect(two.entry["obstacle"] == "weekdays")
        #expect(two.entry["unusable"] == nil)
        #expect(two.entry["ends_at"] == "infinity")
        #expect(two.entry["fingerprint"]?.stringValue != nil)
        #expect(two.entry["fingerprint"] != three.entry["fingerprint"])
        #expect(two.appointment == nil)
        // The order of the lines says nothing.
        let (excluded, added) = ("EXDATE;TZID=Europe/Berlin:20260309T100000", "RDATE;TZID=Europe/Berlin:20260310T100000")
        #expect(
            try observe(master("RRULE:FREQ=WEEKLY", excluded, added)).entry == observe(master(added, "RRULE:FREQ=WEEKLY", excluded)).entry)
    }

    @Test("of one occurrence shows the series' tag only where it keeps a secret")
    func tagOfAnOccurrence() throws {
        let tag = EventTag(syncID: "0f0e0d0c-0b0a-0908-0706-050403020100", frNr: 7, kuerzel: "SB", source: "advoware", anonymized: true)
        var fields = occurrence("2026-03-09").fields
        fields["extendedProperties"] = tag.extendedProperties
        let entry = try observe(Event(fields: fields)).entry
        #expect(entry["master_id"] == "abcde")
        #expect(entry["tag_anonymized"] == true)
        #expect(entry["tag_sync_id"] == nil)
        #expect(entry["tag_frnr"] == nil)
    }

    @Test("A restored occurrence says what its series says of its day")
    func restored() throws {
        let series = try master().appointment()
        let moved = occurrence("2026-03-30", on: "2026-04-01", text: "Einmalig")
        let body = Event.restoring(try #require(moved.regularOccurrence(of: series)))
        #expect(body["status"] == "confirmed")
        #expect(body["recurrence"] == nil)
        #expect(body["summary"] == "Jour fixe")
        // Summer time has begun meanwhile: the clock reading counts.
        #expect(body["start"]?["dateTime"] == "2026-03-30T10:00:00+02:00")
    }

    @Test("says that it is carried where its tag names it, and only there")
    func carried() throws {
        func says(_ id: String, _ tag: String, rule: Bool = true) throws -> JSONValue? {
            var fields = master().fields
            fields["id"] = .string(id)
            if !rule { fields["recurrence"] = nil }
            fields["extendedProperties"] = EventTag.carried(tag)
            return try observe(Event(fields: fields)).entry["tag_carried"]
        }
        #expect(try says("abcde", "abcde") == true)
        #expect(try says("abcde_R20270107T090000", "abcde") == true)
        #expect(try says("copyofabcde", "abcde") == nil)
        #expect(try says("abcde", "abcde", rule: false) == nil)
    }

    @Test("of an occurrence names the series in whose list it stood, and none if it stands alone")
    func masters() throws {
        let observer = Observer(key: try FingerprintKey(secret: [1, 2, 3]), employee: "SB")
        let tombstone = Event(fields: ["id": "abcde_20270114T090000Z", "status": "cancelled"])
        #expect(observer.observe(tombstone, "x").entry["master_id"] == "abcde")
        #expect(observer.observe(tombstone, "x", of: "abcde_R20270107T090000").entry["master_id"] == "abcde_R20270107T090000")
        #expect(observer.observe(occurrence("2026-03-09"), "x", isAlone: true).entry["master_id"] == "")
    }
}
