import Appointments
import Foundation
import Testing

@Suite struct BerlinTests {
    @Test(arguments: [
        ("2025-10-23T14:18:36", "2025-10-23T12:18:36.000000Z"),
        ("2025-01-15T09:00:00", "2025-01-15T08:00:00.000000Z"),
        // The hour that comes twice: its second pass.
        ("2025-10-26T01:59:59", "2025-10-25T23:59:59.000000Z"),
        ("2025-10-26T02:00:00", "2025-10-26T01:00:00.000000Z"),
        ("2025-10-26T02:30:00", "2025-10-26T01:30:00.000000Z"),
        ("2025-10-26T03:00:00", "2025-10-26T02:00:00.000000Z"),
        // The hour that spring leaves out: the standard offset.
        ("2025-03-30T01:59:59", "2025-03-30T00:59:59.000000Z"),
        ("2025-03-30T02:00:00", "2025-03-30T01:00:00.000000Z"),
        ("2025-03-30T02:30:00", "2025-03-30T01:30:00.000000Z"),
        ("2025-03-30T03:00:00", "2025-03-30T01:00:00.000000Z"),
        ("2037-07-01T12:00:00", "2037-07-01T10:00:00.000000Z"),
    ])
    func localizesAsPytzDoes(wall: String, utc: String) throws {
        let moment = try #require(MomentText(wall))
        #expect(Berlin.instant(of: moment.wallTime).description == utc)
    }

    @Test func offsetsAtHandAreFoundations() throws {
        let zone = try #require(TimeZone(identifier: "Europe/Berlin"))
        let ends = (LocalDate.dayNumber(year: 1985, month: 1, day: 1) * 24, LocalDate.dayNumber(year: 2066, month: 1, day: 1) * 24)
        for hour in stride(from: ends.0, to: ends.1, by: 1) {
            for second in [hour * 3_600 - 1, hour * 3_600] {
                let expected = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second)))
                guard Berlin.offset(at: Instant(microseconds: Int64(second) * 1_000_000)) != expected else { continue }
                Issue.record("\(second)")
            }
        }
    }

    @Test func readsBackEveryClockReadingButTheHourThatSpringLeavesOut() throws {
        for year in 2020...2040 {
            let first = try #require(LocalDate(year: year, month: 1, day: 1)).dayNumber
            for day in first..<first + 365 {
                for hour in 0..<24 {
                    let wall = try #require(WallTime(date: LocalDate(dayNumber: day), hour: hour, minute: 30))
                    let shown = Berlin.wallTime(of: Berlin.instant(of: wall))
                    if shown != wall {
                        #expect(wall.hour == 2 && wall.date.month == 3 && wall.date.dayOfWeek == .sunday && wall.date.day > 24)
                        #expect(shown == wall.adding(seconds: 3_600))
                    }
                }
            }
        }
    }

    @Test func namesTheOffsetThatItTook() throws {
        #expect(Berlin.offsetText(for: try #require(MomentText("2025-10-26T02:30")).wallTime) == "+01:00")
        #expect(Berlin.offsetText(for: try #require(MomentText("2025-10-26T01:30")).wallTime) == "+02:00")
        #expect(Berlin.offsetText(for: try #require(MomentText("2025-03-30T02:30")).wallTime) == "+01:00")
        // Local mean time, 53 minutes and 28 seconds, cannot be written so.
        for text in ["1850-01-01T12:00", "0001-01-01T00:00"] {
            #expect(Berlin.offsetText(for: try #require(MomentText(text)).wallTime) == "+01:00")
        }
    }
}
