import Foundation
import Testing

@testable import OfficeSimulator

struct MomentTests {
    @Test(
        "RFC 3339 is read with any zone and fraction",
        arguments: [
            ("2026-01-05T09:00:00Z", "2026-01-05T09:00:00.000Z"), ("2026-01-05T09:00:00.25+01:00", "2026-01-05T08:00:00.250Z"),
            ("2026-01-05T09:00:00.1234567-05:30", "2026-01-05T14:30:00.123Z"), ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z"),
        ])
    func reads(_ text: String, _ expected: String) {
        #expect(Moment(rfc3339: text)?.rfc3339Milliseconds == expected)
    }

    @Test(
        "What is no instant is none",
        arguments: [
            "", "2026-01-05", "2026-01-05T09:00:00", "2026-02-30T09:00:00Z", "2026-01-05T24:00:00Z", "2026-01-05T09:00:00 01:00",
            "2026-01-05T09:00:00.Z",
            "2026-01-05T09:00:00+0100",
        ])
    func refuses(_ text: String) {
        #expect(Moment(rfc3339: text) == nil)
    }

    @Test("Days and dates go there and back for every day of eight centuries")
    func daysRoundTrip() throws {
        var previous = try #require(CivilDay(iso: "1600-12-31"))
        for number in -134_774...157_421 {
            let day = CivilDay(number: number)
            #expect(CivilDay(iso: day.iso) == day)
            if number > -134_774 { #expect(day > previous) }
            previous = day
        }
    }

    @Test("Berlin's clocks change where they should")
    func berlin() throws {
        let instants = [
            ("2026-03-29T00:59:59Z", "2026-03-29T01:59:59"), ("2026-03-29T01:00:00Z", "2026-03-29T03:00:00"),
            ("2026-10-25T01:00:00Z", "2026-10-25T02:00:00"),
        ]
        for (utc, wall) in instants {
            #expect(try #require(Moment(rfc3339: utc)).wall(in: .berlin).iso == wall)
        }
        let gap = try #require(CivilTime(compact: "20260329T023000"))
        #expect(TimeZone.berlin.moment(of: gap).rfc3339Milliseconds == "2026-03-29T01:30:00.000Z")
        let fold = try #require(CivilTime(compact: "20261025T023000"))
        #expect(TimeZone.berlin.moment(of: fold).rfc3339Milliseconds == "2026-10-25T00:30:00.000Z")
    }
}
