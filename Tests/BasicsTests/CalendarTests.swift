import Appointments
import Basics
import Testing

@Suite struct CalendarTests {
    @Test func countsDaysThereAndBackThroughTheWholeCalendar() {
        var before = LocalDate(dayNumber: .min)
        #expect(before.description == "0001-01-01")
        for number in before.dayNumber + 1...LocalDate(dayNumber: .max).dayNumber {
            let date = LocalDate(dayNumber: number)
            guard date.dayNumber == number, date > before, LocalDate(year: date.year, month: date.month, day: date.day) == date else {
                Issue.record("day \(number) reads \(date)")
                return
            }
            before = date
        }
        #expect(LocalDate(dayNumber: .max).description == "9999-12-31")
        #expect(LocalDate(dayNumber: .max).adding(days: .max) == LocalDate(dayNumber: .max))
        #expect(LocalDate(dayNumber: 0).adding(days: .min).year == 1)
    }

    @Test(arguments: [
        "2025-02-29", "2024-13-01", "2024-00-10", "2024-04-31", "0000-01-01", "24-01-01", "2024-1-1", "", "2024-01-01x", "２０２４-01-01",
    ])
    func refusesDatesThatNoCalendarHas(text: String) {
        #expect(LocalDate(iso: text) == nil)
    }

    @Test(arguments: [("1970-01-01", DayOfWeek.thursday), ("2024-02-29", .thursday), ("1969-12-28", .sunday), ("2025-10-27", .monday)])
    func knowsTheDayOfTheWeek(text: String, day: DayOfWeek) {
        #expect(LocalDate(iso: text)?.dayOfWeek == day)
    }

    @Test(arguments: [
        ("9:00", "09:00:00"), ("09:00", "09:00:00"), ("23:59:59", "23:59:59"), ("08:15:30.1234567", "08:15:30"),
        ("24:00", nil), ("12:60", nil), ("12", nil), ("", nil), ("12:00:0", nil), ("-1:00", nil), ("12:00:00Z", nil),
    ])
    func readsTimesOfDay(text: String, expected: String?) {
        #expect(TimeOfDay(text: text)?.description == expected)
    }

    @Test(arguments: [
        ("2025-10-23T12:18:36Z", "2025-10-23T12:18:36.000000Z"),
        ("2025-10-23T14:18:36.245+02:00", "2025-10-23T12:18:36.245000Z"),
        ("2025-10-23t14:18:36.2459999999z", "2025-10-23T14:18:36.245999Z"),
        ("2025-10-23T00:30:00-11:30", "2025-10-23T12:00:00.000000Z"),
        ("1969-12-31T23:59:59.9Z", "1969-12-31T23:59:59.900000Z"),
        ("2025-10-23T14:18:36", nil), ("2025-10-23", nil), ("2025-10-23T14:18:36+2", nil), ("2025-10-23T14:18:36Zx", nil), ("gestern", nil),
    ])
    func readsAndWritesPointsInTime(text: String, expected: String?) {
        #expect(Instant(rfc3339: text)?.description == expected)
    }

    @Test func formatsWhatItParsed() throws {
        for text in ["2025-10-23T12:18:36.245001Z", "1999-12-31T23:59:59.999999Z", "1901-02-03T04:05:06.000007Z"] {
            #expect(try #require(Instant(rfc3339: text)).description == text)
        }
        #expect(Instant(microseconds: .max).adding(seconds: .max).description.hasPrefix("9999"))
        #expect(Instant(microseconds: .min).adding(seconds: .min).description.hasPrefix("0001"))
        #expect(Berlin.wallTime(of: Instant(microseconds: .min)).date.year == 1)
    }
}
