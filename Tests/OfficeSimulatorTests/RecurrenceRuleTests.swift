import Testing

@testable import OfficeSimulator

struct RecurrenceRuleTests {
    private func days(_ rule: String, from start: String, count: Int = 5) throws -> [String] {
        let rule = try #require(RecurrenceRule(rule))
        let start = try #require(CivilDay(iso: start))
        var taken = 0
        return rule.days(from: start) { _ in
            taken += 1
            return taken <= count
        }.map(\.iso)
    }

    // Computed with python-dateutil.
    @Test(
        "Rules give the days that another implementation gives",
        arguments: [
            ("FREQ=DAILY;INTERVAL=3", "2027-02-26", ["2027-02-26", "2027-03-01", "2027-03-04", "2027-03-07", "2027-03-10"]),
            ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "2027-01-04", ["2027-01-04", "2027-01-06", "2027-01-08", "2027-01-11", "2027-01-13"]),
            (
                "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,TU", "2027-01-05",
                ["2027-01-05", "2027-01-17", "2027-01-19", "2027-01-31", "2027-02-02"]
            ),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU", "2027-01-05", ["2027-01-05", "2027-01-10", "2027-01-19", "2027-01-24", "2027-02-02"]),
            ("FREQ=MONTHLY", "2027-01-31", ["2027-01-31", "2027-03-31", "2027-05-31", "2027-07-31", "2027-08-31"]),
            ("FREQ=MONTHLY;BYDAY=-1FR", "2027-01-29", ["2027-01-29", "2027-02-26", "2027-03-26", "2027-04-30", "2027-05-28"]),
            (
                "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2027-01-29",
                ["2027-01-29", "2027-02-26", "2027-03-31", "2027-04-30", "2027-05-31"]
            ),
            ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", "2027-08-13", ["2027-08-13", "2028-10-13", "2029-04-13", "2029-07-13", "2030-09-13"]),
            ("FREQ=MONTHLY;BYMONTHDAY=-1", "2027-01-31", ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]),
            ("FREQ=YEARLY", "2028-02-29", ["2028-02-29", "2032-02-29", "2036-02-29", "2040-02-29", "2044-02-29"]),
            ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "2027-11-25", ["2027-11-25", "2028-11-23", "2029-11-22", "2030-11-28", "2031-11-27"]),
            ("FREQ=YEARLY;BYDAY=20MO", "2027-05-17", ["2027-05-17", "2028-05-15", "2029-05-14", "2030-05-20", "2031-05-19"]),
            ("FREQ=DAILY;COUNT=2", "2027-12-31", ["2027-12-31", "2028-01-01"]),
            // Computed by hand: the second of the whole week's days, not of those since the start.
            (
                "FREQ=WEEKLY;BYDAY=MO,TH,SA;BYSETPOS=2", "2026-07-02",
                ["2026-07-02", "2026-07-09", "2026-07-16", "2026-07-23", "2026-07-30"]
            ),
            ("FREQ=MONTHLY;BYMONTHDAY=15;BYSETPOS=1,-1;COUNT=3", "2027-01-15", ["2027-01-15", "2027-02-15", "2027-03-15"]),
            ("FREQ=YEARLY;BYMONTH=5,5;BYMONTHDAY=4;COUNT=3", "2027-05-04", ["2027-05-04", "2028-05-04", "2029-05-04"]),
        ])
    func rules(_ rule: String, _ start: String, _ expected: [String]) throws {
        #expect(try days(rule, from: start) == expected)
    }

    @Test("A start that the rule does not name counts as the first occurrence")
    func strayStart() throws {
        #expect(try days("FREQ=WEEKLY;BYDAY=WE;COUNT=2", from: "2027-01-04") == ["2027-01-04", "2027-01-06"])
    }

    @Test("A rule that never matches ends")
    func neverMatching() throws {
        #expect(try days("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", from: "2027-01-01") == ["2027-01-01"])
    }

    @Test(
        "What Google would not take is no rule",
        arguments: [
            "", "FREQ=SOMETIMES", "INTERVAL=1", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=1;UNTIL=20270101", "FREQ=WEEKLY;BYDAY=XX",
            "FREQ=DAILY;UNTIL=morgen", "FREQ=DAILY;FREQ=DAILY", "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=DAILY;BYEASTER=1",
        ])
    func refused(_ text: String) {
        #expect(RecurrenceRule(text) == nil)
    }
}
