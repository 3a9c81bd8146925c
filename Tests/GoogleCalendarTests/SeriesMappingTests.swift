import Appointments
import GoogleCalendar
import JSON
import Testing

@Suite struct SeriesMappingTests {
    /// Monday 5 May 2025, 10:00 to 11:00 in Berlin unless said otherwise.
    private func series(
        _ lines: String..., start: String = "2025-05-05T10:00:00+02:00", end: String? = nil, zone: String = "Europe/Berlin",
        source: String? = nil
    ) -> Event {
        var fields: [String: JSONValue] = ["recurrence": .array(lines.map { .string($0) })]
        if start.count == 10 {
            fields["start"] = ["date": .string(start)]
            fields["end"] = ["date": end.map { .string($0) } ?? .null]
        } else {
            fields["start"] = ["dateTime": .string(start), "timeZone": .string(zone)]
            fields["end"] = ["dateTime": end.map { .string($0) } ?? .null, "timeZone": .string(zone)]
        }
        if let source {
            fields["extendedProperties"] =
                EventTag(syncID: "0a1b2c3d-0000-4000-8000-000000000001", frNr: 1, kuerzel: "SB", source: source, anonymized: false)
                .extendedProperties
        }
        return Event(fields: fields)
    }

    private func text(_ event: Event) throws -> String {
        try event.appointment().recurrence.map { "\($0.frequency.rawValue) \($0.interval) \($0.until?.description ?? "endless")" } ?? "none"
    }

    @Test(arguments: [
        ("RRULE:FREQ=DAILY", "daily 1 endless"), ("rrule:freq=weekly;interval=2;wkst=SU", "weekly 2 endless"),
        ("RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3", "weekly 1 2025-05-19"), ("RRULE:FREQ=MONTHLY;BYMONTHDAY=5;COUNT=2", "monthly 1 2025-06-05"),
        ("RRULE:FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=5", "yearly 1 endless"), ("RRULE:FREQ=DAILY;COUNT=1", "daily 1 2025-05-05"),
        ("RRULE:FREQ=DAILY;UNTIL=20250510T215959Z", "daily 1 2025-05-10"),
        ("RRULE:FREQ=DAILY;UNTIL=20250510T080000Z", "daily 1 2025-05-10"),
        ("RRULE:FREQ=DAILY;UNTIL=20250510T075959Z", "daily 1 2025-05-09"), ("RRULE:FREQ=DAILY;UNTIL=20250510", "daily 1 2025-05-10"),
        ("RRULE:FREQ=DAILY;UNTIL=20250510T100000", "daily 1 2025-05-10"),
        ("RRULE:FREQ=WEEKLY;UNTIL=20250516T215959Z", "weekly 1 2025-05-12"),
        ("RRULE:FREQ=DAILY;UNTIL=20371231T225959Z", "daily 1 endless"), ("", "none"),
    ])
    func readsWhatAdvowareCanHold(line: String, expected: String) throws {
        #expect(try text(series(line)) == expected)
    }

    @Test(arguments: [
        ("RRULE:FREQ=WEEKLY;BYDAY=MO,WE", SeriesObstacle.weekdays), ("RRULE:FREQ=WEEKLY;BYDAY=TU", .weekdays),
        ("RRULE:FREQ=MONTHLY;BYDAY=1MO", .weekdays), ("RRULE:FREQ=DAILY;BYDAY=MO", .weekdays),
        ("RRULE:FREQ=MONTHLY;BYSETPOS=1", .setPosition),
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=6", .monthDay), ("RRULE:FREQ=MONTHLY;BYMONTHDAY=-1", .monthDay),
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=5,6", .monthDay),
        ("RRULE:FREQ=YEARLY;BYMONTHDAY=5", .monthDay), ("RRULE:FREQ=YEARLY;BYMONTH=6", .unsupportedPart),
        ("RRULE:FREQ=HOURLY", .unsupportedPart),
        ("RRULE:FREQ=DAILY;BYHOUR=9", .unsupportedPart), ("EXDATE;TZID=Europe/Berlin:20250506T100000", .exceptions),
        ("RDATE:20250506T080000Z", .exceptions),
        ("EXRULE:FREQ=DAILY", .exceptions), ("RRULE:FREQ=SOMETIMES", .malformed), ("RRULE:", .malformed),
        ("RRULE:FREQ=DAILY;INTERVAL=0", .malformed),
        ("RRULE:FREQ=DAILY;COUNT=2;UNTIL=20250510", .malformed), ("RRULE:FREQ=DAILY;UNTIL=bald", .malformed),
        ("RRULE:FREQ=DAILY;FREQ=DAILY", .malformed),
        ("RRULE:FREQ=DAILY;X", .malformed), ("X-ANYTHING:1", .malformed), ("RRULE:FREQ=YEARLY;COUNT=2000000000", .unsupportedPart),
    ])
    func refusesWhatAdvowareCannotHold(line: String, obstacle: SeriesObstacle) {
        #expect(throws: EventProblem.seriesNotRepresentable(obstacle)) { try series(line).appointment() }
    }

    @Test func refusesSeveralRules() {
        #expect(throws: EventProblem.seriesNotRepresentable(.severalRules)) {
            try series("RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY").appointment()
        }
        #expect(throws: EventProblem.seriesNotRepresentable(.exceptions)) {
            try series("RRULE:FREQ=DAILY", "EXDATE:20250506").appointment()
        }
        #expect(throws: EventProblem.seriesNotRepresentable(.malformed)) {
            try Event(fields: ["start": ["date": "2025-05-05"], "recurrence": [1]]).appointment()
        }
    }

    @Test func refusesDaysThatNotEveryMonthHasUnlessTheyAreAdvowares() throws {
        let late = "2025-01-31T10:00:00+01:00"
        #expect(throws: EventProblem.seriesNotRepresentable(.dayNotInEveryMonth)) {
            try series("RRULE:FREQ=MONTHLY", start: late).appointment()
        }
        #expect(throws: EventProblem.seriesNotRepresentable(.dayNotInEveryMonth)) {
            try series("RRULE:FREQ=MONTHLY", start: late, source: "google").appointment()
        }
        #expect(try text(series("RRULE:FREQ=MONTHLY;COUNT=2", start: late, source: "advoware")) == "monthly 1 2025-03-31")
        #expect(throws: EventProblem.seriesNotRepresentable(.leapDay)) {
            try series("RRULE:FREQ=YEARLY", start: "2024-02-29").appointment()
        }
        #expect(try text(series("RRULE:FREQ=YEARLY", start: "2025-12-31")) == "yearly 1 endless")
    }

    @Test func refusesOccurrencesThatDoNotFitIntoADay() throws {
        let rule = "RRULE:FREQ=WEEKLY"
        func problem(_ obstacle: SeriesObstacle, _ start: String, _ end: String) {
            #expect(throws: EventProblem.seriesNotRepresentable(obstacle)) { try series(rule, start: start, end: end).appointment() }
        }
        problem(.crossesMidnight, "2025-05-05T22:00:00+02:00", "2025-05-06T02:00:00+02:00")
        problem(.crossesMidnight, "2025-05-05T22:00:00+02:00", "2025-05-06T00:00:00+02:00")
        problem(.occurrenceTooLong, "2025-05-05T22:00:00+02:00", "2025-05-07T02:00:00+02:00")
        problem(.occurrenceTooLong, "2025-05-05", "2025-05-07")
        let wholeDay = try series(rule, start: "2025-05-05T00:00:00+02:00", end: "2025-05-05T23:59:00+02:00").appointment()
        #expect(wholeDay.isAllDay)
        #expect(try wholeDay == series(rule, start: "2025-05-05", end: "2025-05-06").appointment())
    }

    @Test(arguments: [
        ("Europe/Vienna", "2025-05-05T10:00:00+02:00", "RRULE:FREQ=DAILY", true),
        ("Europe/London", "2025-05-05T10:00:00+01:00", "RRULE:FREQ=DAILY", true),
        ("America/New_York", "2025-05-05T10:00:00-04:00", "RRULE:FREQ=WEEKLY", false),
        ("UTC", "2025-05-05T10:00:00Z", "RRULE:FREQ=DAILY", false),
        ("UTC", "2025-05-05T10:00:00Z", "RRULE:FREQ=DAILY;COUNT=20", true),
        ("Europe/London", "2025-05-05T23:30:00+01:00", "RRULE:FREQ=WEEKLY", false),
        ("Keine/Zone", "2025-05-05T10:00:00Z", "RRULE:FREQ=DAILY", false), ("UTC", "2025-05-05T10:00:00Z", "RRULE:FREQ=YEARLY", true),
    ])
    func acceptsZonesWhoseOccurrencesAreAtTheSameTimeInBerlin(zone: String, start: String, rule: String, fits: Bool) {
        let event = series(rule, start: start, zone: zone)
        if fits {
            #expect(throws: Never.self) { try event.appointment() }
        } else {
            #expect(throws: EventProblem.seriesNotRepresentable(.timeZone)) { try event.appointment() }
        }
    }

    @Test func writesTheEndOfASeriesInUTCOrAsADate() throws {
        let start = try #require(MomentText("2025-05-05T10:00")).wallTime
        var appointment = Appointment(start: start, end: start.adding(seconds: 60), recurrence: Recurrence(frequency: .weekly, interval: 2))
        func rule() -> JSONValue? { Event.fields(for: appointment, tag: nil, timeOnly: true)["recurrence"] }
        #expect(rule() == ["RRULE:FREQ=WEEKLY;INTERVAL=2"])
        appointment.recurrence?.until = LocalDate(iso: "2025-12-01")
        #expect(rule() == ["RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20251201T225959Z"])
        appointment.isAllDay = true
        #expect(rule() == ["RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20251201"])
    }

    @Test func noticesAnOccurrenceThatSaysSomethingElse() throws {
        var master = series("RRULE:FREQ=WEEKLY", end: "2025-05-05T11:00:00+02:00").fields
        master["summary"] = "Jour fixe"
        let appointment = try Event(fields: master).appointment()
        var fields: [String: JSONValue] = [
            "recurringEventId": "m", "originalStartTime": ["dateTime": "2025-12-01T10:00:00+01:00"], "summary": "Jour fixe ",
            "start": ["dateTime": "2025-12-01T10:00:00+01:00"], "end": ["dateTime": "2025-12-01T11:00:00+01:00"],
        ]
        #expect(!Event(fields: fields).deviates(from: appointment))
        let changes: [(String, JSONValue)] = [
            ("summary", "Anders"), ("status", "cancelled"), ("start", ["dateTime": "2025-12-01T09:00:00+01:00"]),
            ("start", ["date": "2025-12-01"]),
            ("originalStartTime", .null), ("originalStartTime", ["dateTime": "2025-12-08T10:00:00+01:00"]),
        ]
        for (name, value) in changes {
            let before = fields.updateValue(value, forKey: name)
            #expect(Event(fields: fields).deviates(from: appointment), "\(name)")
            fields[name] = before
        }
    }
}
