import Advoware
import Appointments
import GoogleCalendar
import JSON
import Testing

/// Every minute of 2020 to 2037 that a clock in Berlin shows never or twice, through both mappings.
@Suite struct ClockChangeTests {
    /// One wall time: a date and hour 2 with its minute.
    private struct Minute {
        let date: LocalDate
        let number: Int
        let isSpring: Bool

        var wall: WallTime { WallTime(date: date, time: TimeOfDay(secondOfDay: 7_200 + number * 60)) }
        var text: String { wall.time.description }
        /// Minutes after midnight UTC of its first and its last pass; in spring both are what the standard offset makes of it.
        var passes: [Int] { isSpring ? [60 + number] : [number, 60 + number] }
        /// What the clock shows: in spring the hour after.
        var shown: WallTime { isSpring ? wall.adding(seconds: 3_600) : wall }
    }

    private var minutes: [Minute] {
        get throws {
            try (2020...2037).flatMap { year in
                try [3, 10].flatMap { month in
                    var date = try #require(LocalDate(year: year, month: month, day: 31))
                    while date.dayOfWeek != .sunday { date = date.adding(days: -1) }
                    return (0..<60).map { Minute(date: date, number: $0, isSpring: month == 3) }
                }
            }
        }
    }

    private func utc(_ minute: Minute, _ pass: Int) -> String {
        "\(minute.date)T\(TimeOfDay(secondOfDay: pass * 60))Z"
    }

    @Test func everyMinuteIsTheInstantThatPytzWouldSay() throws {
        for minute in try minutes {
            let instant = Berlin.instant(of: minute.wall)
            #expect(instant == Instant(rfc3339: utc(minute, minute.passes.last ?? 0)), "\(minute)")
            #expect(Berlin.wallTime(of: instant) == minute.shown)
            for pass in minute.passes {
                #expect(Berlin.wallTime(of: try #require(Instant(rfc3339: utc(minute, pass)))) == minute.shown)
            }
            let changed = Termin(fields: ["zuletztGeaendertAm": .string("\(minute.wall).1234567Z")]).zuletztGeaendertAm
            #expect(changed == Berlin.instant(of: minute.wall, microsecond: 123_456), "\(minute)")
        }
    }

    @Test func aTerminThenComesBackAsItWasMeant() throws {
        for minute in try minutes {
            for (from, to) in [(minute.text, "05:00:00"), ("00:30:00", minute.text), (minute.text, minute.text)] {
                let day = JSONValue.string(minute.date.description)
                let termin = Termin(fields: [
                    "datum": day, "datumBis": day, "uhrzeitVon": .string(from), "uhrzeitBis": .string(to), "dauertermin": 0,
                ])
                let meant = try termin.appointment()
                #expect(meant.start == (from == minute.text ? minute.shown : WallTime(date: minute.date, hour: 0, minute: 30)))
                #expect(try Termin(fields: Termin.new(meant, kuerzel: "SB")).appointment() == meant, "\(minute)")
                #expect(try Event(fields: Event.fields(for: meant, tag: nil, timeOnly: false)).appointment() == meant, "\(minute)")
            }
        }
    }

    @Test func anEventThenComesBackAsItWasMeantWhicheverPassItIsIn() throws {
        for minute in try minutes {
            for pass in minute.passes {
                let event = Event(fields: [
                    "start": ["dateTime": .string(utc(minute, pass)), "timeZone": "Europe/Berlin"],
                    "end": ["dateTime": "\(minute.date.description)T04:00:00Z", "timeZone": "Europe/Berlin"],
                ])
                let meant = try event.appointment()
                #expect(meant.start == minute.shown, "\(minute)")
                #expect(try Event(fields: Event.fields(for: meant, tag: nil, timeOnly: false)).appointment() == meant, "\(minute)")
                #expect(try Termin(fields: Termin.new(meant, kuerzel: "SB")).appointment() == meant, "\(minute)")
            }
        }
    }

    @Test func aSeriesThatPassesThemKeepsItsTimeOfDay() throws {
        for minute in try minutes where minute.number % 5 == 0 {
            let first = minute.date.adding(days: -3).description
            let termin = Termin(fields: [
                "datum": .string(first), "datumBis": .string(minute.date.adding(days: 3).description), "uhrzeitVon": .string(minute.text),
                "uhrzeitBis": "03:30:00", "dauertermin": 1, "turnus": 1, "turnusArt": 1,
            ])
            let series = try termin.appointment()
            // In 2037 Advoware's series have no end.
            let last = minute.date.year < 2037 ? minute.date.adding(days: 3) : nil
            #expect(series.start.time == minute.wall.time && series.recurrence?.until == last)
            let event = Event(fields: Event.fields(for: series, tag: nil, timeOnly: false))
            #expect(try event.appointment() == series)
            #expect(try Termin(fields: Termin.new(event.appointment(), kuerzel: "SB")).appointment() == series)
        }
    }

    @Test func everyWayToWriteADateAndATimeIsUnderstood() throws {
        let dates = [
            "", "T00:00:00", "T00:00", "T00:00:00.0", "T00:00:00.0000000", "T00:00:00Z", "T00:00:00.000Z", " 00:00:00", "T00:00:00+02:00",
        ]
        let times: [(JSONValue?, String?)] = [
            ("14:05:00", "14:05:00"), ("14:05", "14:05:00"), ("14:05:00.000", "14:05:00"), ("14:05:00.0000000", "14:05:00"),
            (" 14:05 ", "14:05:00"),
            (nil, nil), (.null, nil), ("", nil), ("  ", nil), ("25:00", nil), ("nachmittags", nil), (.int(1405), nil),
        ]
        for date in dates {
            for (from, start) in times {
                for (to, end) in times {
                    var fields: [String: JSONValue] = ["datum": .string("2025-05-05\(date)"), "datumBis": .string("2025-05-05\(date)")]
                    (fields["uhrzeitVon"], fields["uhrzeitBis"]) = (from, to)
                    let appointment = try Termin(fields: fields).appointment()
                    let expected = (start ?? "09:00:00", end ?? "10:00:00")
                    // No usable end: one hour.
                    let last = expected.1 > expected.0 ? expected.1 : "15:05:00"
                    #expect("\(appointment.start) \(appointment.end)" == "2025-05-05T\(expected.0) 2025-05-05T\(last)", "\(fields)")
                }
            }
        }
    }
}
