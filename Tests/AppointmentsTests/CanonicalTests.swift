import Appointments
import Testing

@Suite struct CanonicalTests {
    private func wall(_ text: String) throws -> WallTime { try #require(MomentText(text)).wallTime }

    private func appointment(_ start: String, _ end: String, allDay: Bool = false, series: Recurrence? = nil) throws -> Appointment {
        Appointment(start: try wall(start), end: try wall(end), isAllDay: allDay, recurrence: series)
    }

    @Test(arguments: [
        // start, end, expected start, expected end, expected whole days
        ("2025-05-05T10:00", "2025-05-05T11:00", "2025-05-05T10:00:00", "2025-05-05T11:00:00", false),
        ("2025-05-05T10:00", "2025-05-05T10:00", "2025-05-05T10:00:00", "2025-05-05T11:00:00", false),
        ("2025-05-05T10:00", "2025-05-05T09:00", "2025-05-05T10:00:00", "2025-05-05T11:00:00", false),
        ("2025-05-05T23:30", "2025-05-05T23:30", "2025-05-05T23:30:00", "2025-05-06T00:30:00", false),
        // 24 hours exactly are timed, a second more is all-day.
        ("2025-05-05T10:00", "2025-05-06T10:00", "2025-05-05T10:00:00", "2025-05-06T10:00:00", false),
        ("2025-05-05T10:00", "2025-05-06T10:00:01", "2025-05-05T00:00:00", "2025-05-06T00:00:00", true),
        ("2025-05-05T10:00", "2025-05-08T00:00", "2025-05-05T00:00:00", "2025-05-07T00:00:00", true),
        ("2025-05-05T00:00", "2025-05-05T23:59", "2025-05-05T00:00:00", "2025-05-05T23:59:00", false),
        // Spring: 02:30 is shown as 03:30, and an end that is not after it counts as missing.
        ("2025-03-30T02:30", "2025-03-30T03:00", "2025-03-30T03:30:00", "2025-03-30T04:30:00", false),
        ("2025-03-30T01:30", "2025-03-30T01:30", "2025-03-30T01:30:00", "2025-03-30T03:30:00", false),
    ])
    func putsSingleTimesInOrder(start: String, end: String, first: String, last: String, allDay: Bool) throws {
        let result = try appointment(start, end).canonical()
        #expect(result.start.description == first)
        #expect(result.end.description == last)
        #expect(result.isAllDay == allDay)
        #expect(result.canonical() == result)
    }

    @Test func wholeDaysHaveNoTimesAndEndNotBeforeTheyBegin() throws {
        let result = try appointment("2025-05-05T10:00", "2025-05-04T12:00", allDay: true).canonical()
        #expect(result == (try appointment("2025-05-05T00:00", "2025-05-05T00:00", allDay: true)))
    }

    @Test func aSeriesFromMidnightToTheLastMinuteTakesWholeDays() throws {
        let series = Recurrence(frequency: .weekly)
        #expect(try appointment("2025-05-05T00:00", "2025-05-05T23:59", series: series).canonical().isAllDay)
        #expect(try !appointment("2025-05-05T00:00", "2025-05-05T23:58", series: series).canonical().isAllDay)
    }

    @Test func anOccurrenceWithoutEndStaysOnItsDay() throws {
        let series = Recurrence(frequency: .daily)
        for (start, end) in [("22:30:00", "23:30:00"), ("23:30:00", "23:59:00"), ("23:59:30", "23:59:30")] {
            let result = try appointment("2025-05-05T\(start)", "2025-05-05T\(start)", series: series).canonical()
            #expect(result.end.description == "2025-05-05T\(end)")
            #expect(result.canonical() == result)
        }
    }

    @Test(arguments: [
        (Recurrence.Frequency.weekly, 1, "2025-05-05", "2025-05-16", "2025-05-12"),
        (.weekly, 2, "2025-05-05", "2025-05-18", "2025-05-05"),
        (.daily, 3, "2025-05-05", "2025-05-10", "2025-05-08"),
        (.monthly, 1, "2025-01-31", "2025-03-01", "2025-01-31"),
        (.monthly, 1, "2025-01-31", "2025-04-30", "2025-03-31"),
        (.yearly, 1, "2024-02-29", "2031-01-01", "2028-02-29"),
        (.yearly, 3, "2025-12-24", "2031-12-24", "2031-12-24"),
        (.daily, 1, "2025-05-05", "2025-05-01", "2025-05-05"),
        (.yearly, 1, "2025-05-05", "2037-05-05", "endless"),
        (.yearly, 1, "2025-05-05", "2037-05-04", "2036-05-05"),
        (.daily, 1, "2025-05-05", "2041-01-01", "endless"),
    ])
    func aSeriesEndsOnItsLastOccurrence(frequency: Recurrence.Frequency, interval: Int, start: String, until: String, last: String) throws {
        let series = Recurrence(frequency: frequency, interval: interval, until: LocalDate(iso: until))
        let first = try #require(LocalDate(iso: start))
        #expect(series.canonical(from: first).until?.description ?? "endless" == last)
    }

    @Test func findsTheDateOfAnOccurrenceByItsNumber() throws {
        let first = try #require(LocalDate(iso: "2025-01-31"))
        #expect(Recurrence(frequency: .monthly).date(ofOccurrence: 3, from: first)?.description == "2025-05-31")
        #expect(Recurrence(frequency: .weekly, interval: 2).date(ofOccurrence: 3, from: first)?.description == "2025-02-28")
        #expect(Recurrence(frequency: .daily).date(ofOccurrence: 1, from: first) == first)
        #expect(Recurrence(frequency: .daily, interval: .max).date(ofOccurrence: .max / 8, from: first) == nil)
        #expect(Recurrence(frequency: .daily, interval: 0).interval == 1)
    }

    @Test(arguments: [
        ("  Müller ./. Maier \n", "Müller ./. Maier"), ("a\r\nb\rc\u{2028}d", "a b c d"), ("a\u{0}b\u{1B}c\u{85}d\te", "abc d e"),
        ("Mu\u{308}ller", "M\u{FC}ller"), ("e\u{7}\u{301}", "\u{E9}"), ("\u{FFFD}👩‍👩‍👧", "\u{FFFD}👩‍👩‍👧"), ("\n\t ", ""), ("", ""),
    ])
    func cleansTexts(text: String, expected: String) throws {
        var appointment = try appointment("2025-05-05T10:00", "2025-05-05T11:00")
        (appointment.text, appointment.place) = (text, text)
        let result = appointment.canonical()
        #expect(Array(result.text.utf8) == Array(expected.utf8))
        #expect(Array(result.place.utf8) == Array(expected.utf8))
    }

    @Test func aPlainTextIsWhatTheLongWayMakesOfIt() throws {
        var appointment = try appointment("2025-05-05T10:00", "2025-05-05T11:00")
        let pieces = [
            "a", "Z~", " ", "ä", "ß", "\u{A0}", "\u{AD}", "\u{85}", "\u{301}", "e\u{301}", "\u{2FF}", "\u{300}", "–", "„x“", "…",
            "\u{2028}",
            "€", "\u{20D0}", "☎️", "⛄", "📁", "👩🏽‍⚖️", "\u{1F300}", "\u{1FAFF}", "\u{2126}", "\u{2000}", "\n", "\r\n", "\t", "\u{7F}", "각",
            "\u{1100}\u{1161}",
        ]
        var number: UInt64 = 7
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<4 {
                number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += pieces[Int(number >> 33) % pieces.count]
            }
            (appointment.text, appointment.note) = (text, text)
            let short = appointment.canonical()
            // A character that is left out keeps nobody from going the long way.
            (appointment.text, appointment.note) = ("\0" + text, "\0" + text)
            let long = appointment.canonical()
            #expect(
                Array(short.text.utf8) == Array(long.text.utf8) && Array(short.note.utf8) == Array(long.note.utf8), "\(Array(text.utf8))")
        }
    }

    @Test func aNoteKeepsItsLines() throws {
        var appointment = try appointment("2025-05-05T10:00", "2025-05-05T11:00")
        appointment.note = "\r\neins\r\n\r\nzwei\rdrei\n"
        #expect(appointment.canonical().note == "eins\n\nzwei\ndrei")
    }

    @Test func cutsBetweenCharactersAndNeverInsideOne() throws {
        var appointment = try appointment("2025-05-05T10:00", "2025-05-05T11:00")
        appointment.text = String(repeating: "x", count: TextLimits.text - 3) + "👩‍👩‍👧y"
        appointment.note = String(repeating: "ä", count: TextLimits.note + 1)
        let result = appointment.canonical()
        #expect(result.text == String(repeating: "x", count: TextLimits.text - 3))
        #expect(result.note.utf16.count == TextLimits.note)
        #expect(result.canonical() == result)
    }

    @Test func knowsWhenItBeginsAndWhenItsLastOccurrenceEnds() throws {
        let single = try appointment("2025-05-05T10:00", "2025-05-05T11:30")
        #expect(single.startInstant.description == "2025-05-05T08:00:00.000000Z")
        #expect(single.lastEnd?.description == "2025-05-05T09:30:00.000000Z")
        let days = try appointment("2025-03-29", "2025-03-30", allDay: true)
        #expect(days.startInstant.description == "2025-03-28T23:00:00.000000Z")
        #expect(days.lastEnd?.description == "2025-03-30T22:00:00.000000Z")
        let until = try #require(LocalDate(iso: "2025-11-04"))
        let series = try appointment("2025-05-05T10:00", "2025-05-05T11:30", series: Recurrence(frequency: .weekly, until: until))
        #expect(series.lastEnd?.description == "2025-11-03T10:30:00.000000Z")
        #expect(try appointment("2025-05-05T10:00", "2025-05-05T11:30", series: Recurrence(frequency: .daily)).lastEnd == nil)
    }
}
