import Advoware
import Appointments
import GoogleCalendar
import JSON
import Testing

/// Nothing that a remote system answers makes the mapping crash, and what it does understand still round-trips.
@Suite struct DamagedInputTests {
    private let junk: [JSONValue] = [
        .null, true, "", "\u{0}", 0, -1, .int(.max), .int(.min), 1e300, [], [:], [[:]], "9999-12-31", "9999-12-31T23:59:59Z", "0001-01-01",
        "2025-02-30", "1900-01-01T00:00:00+23:59", "RRULE:FREQ=DAILY", ["RRULE:FREQ=YEARLY;COUNT=2147483647"],
        ["RRULE:FREQ=MONTHLY;UNTIL=99991231"],
        ["RRULE:FREQ=WEEKLY;INTERVAL=2147483647;COUNT=2147483647"], ["date": "9999-12-31"], ["date": "0001-01-01"],
        ["dateTime": "0001-01-01T00:00:00+23:59"],
        ["dateTime": "9999-12-31T23:59:59-23:59", "timeZone": "Pacific/Kiritimati"], ["dateTime": "9999-12-31T23:59:59", "timeZone": ""],
        "\u{301}",
        .string(String(repeating: "a\u{300}", count: 3_000)), ["private": ["sync_id": 1]],
    ]

    private func damage(_ fields: [String: JSONValue], _ random: inout SeededGenerator) -> [String: JSONValue] {
        guard random.chance(50) else {
            var fields = fields
            for _ in 0..<Int.random(in: 1...4, using: &random) { fields[random.pick(fields.keys.sorted())] = random.pick(junk) }
            return fields
        }
        var bytes = JSONValue.object(fields).bytes()
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] =
                random.chance(50) ? UInt8.random(in: 48...57, using: &random) : .random(in: 0...255, using: &random)
        }
        return (try? JSONValue(parsing: bytes))?.objectValue ?? fields
    }

    @Test func damagedTermineAreReadOrRefused() throws {
        let key = try FingerprintKey(secret: [1])
        var source = RandomAppointments(seed: 6)
        for number in 0..<5_000 {
            let termin = Termin(fields: damage(source.termin(), &source.random))
            _ = (termin.frNr, termin.zuletztGeaendertAm, termin.ownership(of: "SB"), termin.isDerived)
            guard let appointment = try? termin.appointment() else { continue }
            _ = (appointment.startInstant.description, appointment.lastEnd?.description)
            let copy = try Termin(fields: Termin.new(appointment, kuerzel: "SB")).appointment()
            #expect(try fingerprints(of: copy, key: key) == fingerprints(of: appointment, key: key), "\(number): \(termin.fields)")
        }
    }

    @Test func damagedEventsAreReadOrRefused() throws {
        let key = try FingerprintKey(secret: [1])
        var source = RandomAppointments(seed: 7)
        for number in 0..<5_000 {
            let event = Event(fields: damage(source.event(), &source.random))
            _ = (event.id, event.updated, event.tag, event.originalStart, event.isInvitation, event.isSeries)
            guard let appointment = try? event.appointment() else { continue }
            _ = (appointment.startInstant.description, appointment.lastEnd?.description, event.deviates(from: appointment))
            let copy = try Event(fields: Event.fields(for: appointment, tag: event.tag, timeOnly: false)).appointment()
            #expect(try fingerprints(of: copy, key: key) == fingerprints(of: appointment, key: key), "\(number): \(event.fields)")
        }
    }

    @Test func loneSurrogatesAndControlCharactersOfTheWireDoNoHarm() throws {
        for text in [#""\ud83d""#, #""\udc00x""#, #""a\u0000b\u001f""#, #""\ud83d\ude00""#] {
            let bytes = Array(#"{"datum":"2025-05-05","text":\#(text),"start":{"date":"2025-05-05"},"summary":\#(text)}"#.utf8)
            guard let fields = (try? JSONValue(parsing: bytes))?.objectValue else { continue }
            #expect(try Termin(fields: fields).appointment().text == Event(fields: fields).appointment().text)
        }
    }
}
