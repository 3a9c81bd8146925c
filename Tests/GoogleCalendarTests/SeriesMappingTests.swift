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

    @Test func refusesDaysThatNotEveryMonthHasUnlessTheyStandForATermin() throws {
        let late = "2025-01-31T10:00:00+01:00"
        #expect(throws: EventProblem.seriesNotRepresentable(.dayNotInEveryMonth)) {
            try series("RRULE:FREQ=MONTHLY", start: late).appointment()
        }
        for source in ["advoware", "google"] {
            #expect(try text(series("RRULE:FREQ=MONTHLY;COUNT=2", start: late, source: source)) == "monthly 1 2025-03-31")
            #expect(try text(series("RRULE:FREQ=YEARLY", start: "2024-02-29", source: source)) == "yearly 1 endless")
        }
        #expect(throws: EventProblem.seriesNotRepresentable(.leapDay)) {
            try series("RRULE:FREQ=YEARLY", start: "2024-02-29").appointment()
        }
        #expect(try text(series("RRULE:FREQ=YEARLY", start: "2025-12-31")) == "yearly 1 endless")
    }

    @Test(arguments: [
        // The hour that comes twice may be either; the one that is left out is the hour after it; a zone of its own counts there.
        ("2025-05-05T10:00:00+02:00", "Europe/Berlin", "2025-12-01", ["m_20251201T090000Z"]),
        ("2025-05-05T02:30:00+02:00", "Europe/Berlin", "2025-10-26", ["m_20251026T003000Z", "m_20251026T013000Z"]),
        ("2025-05-05T02:30:00+02:00", "Europe/Berlin", "2026-03-29", ["m_20260329T013000Z"]),
        ("2025-05-05T23:30:00+01:00", "Europe/London", "2025-05-07", ["m_20250506T223000Z"]),
        ("2025-05-05", "", "2025-12-01", ["m_20251201"]),
    ])
    func knowsTheIDsOfItsOccurrences(_ start: String, _ zone: String, _ day: String, _ ids: [String]) throws {
        let master = Event(fields: series("RRULE:FREQ=DAILY", start: start, zone: zone).fields.merging(["id": "m"]) { $1 })
        let (appointment, day) = (try master.appointment(), try #require(LocalDate(iso: day)))
        let occurrences = master.regularOccurrences(of: appointment, on: day)
        #expect(occurrences.map(\.id) == ids)
        #expect(occurrences.allSatisfy { $0.originalStart?.date == day && $0.recurringEventId == "m" })
        #expect(master.cancelledOccurrence(of: appointment, on: day).deviates(from: appointment))
    }

    @Test func countsTheDaysThatLieWhollyInsideASpan() throws {
        let weekly = try series("RRULE:FREQ=WEEKLY;COUNT=5", start: "2025-05-05").appointment()
        func days(_ from: String, _ to: String) throws -> [String] {
            let (from, to) = (try #require(Instant(rfc3339: from)), try #require(Instant(rfc3339: to)))
            return weekly.occurrenceDays(from: from, to: to).map(\.description)
        }
        #expect(try days("2025-05-11T22:00:00Z", "2025-06-03T22:00:00Z") == ["2025-05-19", "2025-05-26", "2025-06-02"])
        #expect(try days("2025-05-10T22:00:00Z", "2025-06-02T22:00:00Z") == ["2025-05-12", "2025-05-19", "2025-05-26"])
        #expect(try days("2024-01-01T00:00:00Z", "2025-05-05T12:00:00Z") == [])
        #expect(try days("2024-01-01T00:00:00Z", "2030-01-01T00:00:00Z").count == 5)
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

    @Test(
        arguments: [
            ("Europe/Vienna", "2025-05-05T10:00:00+02:00", "RRULE:FREQ=DAILY", nil),
            ("Europe/London", "2025-05-05T10:00:00+01:00", "RRULE:FREQ=DAILY", nil),
            ("America/New_York", "2025-05-05T10:00:00-04:00", "RRULE:FREQ=WEEKLY", .timeZone),
            ("UTC", "2025-05-05T10:00:00Z", "RRULE:FREQ=DAILY", .timeZone),
            ("UTC", "2025-05-05T10:00:00Z", "RRULE:FREQ=DAILY;COUNT=20", nil),
            // On Mondays there, on Tuesdays here, always at half past midnight; the first of a month here is not one day of the month there.
            ("Europe/London", "2025-05-05T23:30:00+01:00", "RRULE:FREQ=WEEKLY;BYDAY=MO", nil),
            ("Europe/London", "2025-05-05T23:30:00+01:00", "RRULE:FREQ=MONTHLY", nil),
            ("Europe/London", "2025-05-31T23:30:00+01:00", "RRULE:FREQ=MONTHLY", .timeZone),
            ("Europe/London", "2025-05-28T23:30:00+01:00", "RRULE:FREQ=MONTHLY;COUNT=3", .dayNotInEveryMonth),
            ("Keine/Zone", "2025-05-05T10:00:00Z", "RRULE:FREQ=DAILY", .timeZone),
            ("UTC", "2025-05-05T10:00:00Z", "RRULE:FREQ=YEARLY", nil),
        ] as [(String, String, String, SeriesObstacle?)])
    func acceptsZonesWhoseOccurrencesAreAtTheSameTimeInBerlin(zone: String, start: String, rule: String, obstacle: SeriesObstacle?) {
        let event = series(rule, start: start, zone: zone)
        if let obstacle {
            #expect(throws: EventProblem.seriesNotRepresentable(obstacle)) { try event.appointment() }
        } else {
            #expect(throws: Never.self) { try event.appointment() }
        }
    }

    @Test func countsTheDaysOfASeriesInItsOwnZoneAndTellsThemInBerlins() throws {
        let late = "2025-05-05T20:00:00-07:00"
        let event = series("RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20250527T030000Z", start: late, zone: "America/Los_Angeles")
        #expect(try event.appointment().start.description == "2025-05-06T05:00:00")
        #expect(try text(event) == "weekly 1 2025-05-27")
        #expect(try text(series("RRULE:FREQ=DAILY;COUNT=3", start: late, zone: "America/Los_Angeles")) == "daily 1 2025-05-08")
    }

    @Test(arguments: [
        // The half past two of that night is the first of two, 00:30 in UTC.
        ("20251026T003000Z", "2025-10-26"), ("20251026T002959Z", "2025-10-25"), ("20251026T010000Z", "2025-10-26"),
        ("20260329T013000Z", "2026-03-29"), ("20260329T011500Z", "2026-03-28"),
    ])
    func endsASeriesToTheSecondWhenTheClocksChange(until: String, last: String) throws {
        #expect(try text(series("RRULE:FREQ=DAILY;UNTIL=\(until)", start: "2025-05-05T02:30:00+02:00")) == "daily 1 \(last)")
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

    @Test(arguments: [
        // As the clock goes and as the time passes: both are what the series says. An hour off on any other day is not.
        ("2026-03-29", "01:00:00+01:00", "04:00:00+02:00", false), ("2026-03-29", "01:00:00+01:00", "05:00:00+02:00", false),
        ("2025-10-26", "01:00:00+02:00", "04:00:00+01:00", false), ("2025-10-26", "01:00:00+02:00", "03:00:00+01:00", false),
        ("2026-03-29", "01:00:00+01:00", "03:00:00+02:00", true), ("2025-12-01", "01:00:00+01:00", "05:00:00+01:00", true),
    ])
    func anOccurrenceAcrossAChangeOfTheClocksKeepsItsEndOrItsDuration(day: String, start: String, end: String, deviates: Bool) throws {
        let master = try series("RRULE:FREQ=DAILY", start: "2025-05-05T01:00:00+02:00", end: "2025-05-05T04:00:00+02:00").appointment()
        let occurrence = Event(fields: [
            "recurringEventId": "m", "originalStartTime": ["dateTime": .string("\(day)T\(start)")],
            "start": ["dateTime": .string("\(day)T\(start)")], "end": ["dateTime": .string("\(day)T\(end)")],
        ])
        #expect(occurrence.deviates(from: master) == deviates)
    }
}
