import Appointments
import Testing

@Suite struct FingerprintTests {
    private let key: FingerprintKey
    private let appointment: Appointment

    init() throws {
        key = try FingerprintKey(secret: Array("geheim".utf8))
        let start = try #require(MomentText("2025-05-05T10:00")).wallTime
        appointment = Appointment(start: start, end: start.adding(seconds: 3_600), text: "ab", note: "c", place: "Köln")
    }

    private func prints(_ change: (inout Appointment) -> Void = { _ in }) throws -> Fingerprints {
        var copy = appointment
        change(&copy)
        return try fingerprints(of: copy, key: key)
    }

    @Test func namesVersionAndKeyAndNothingElse() throws {
        let parts = try prints().full.split(separator: ":")
        #expect(parts.count == 3 && parts[0] == "1" && parts[1].count == 8 && parts[2].count == 64)
        #expect(try prints().full.hasPrefix(key.prefix + ":"))
        #expect(try FingerprintKey(secret: [1]).prefix != key.prefix)
    }

    @Test func isNeverPrintedWithItsKey() {
        struct Holder { let key: FingerprintKey }
        var dumped = ""
        dump(Holder(key: key), to: &dumped)
        for text in ["\(key)", "\(Holder(key: key))", String(reflecting: Holder(key: key)), dumped] {
            // The first two bytes of "geheim", as an array of numbers is printed.
            #expect(text.contains(key.prefix) || text == dumped)
            #expect(!text.contains("103, 101") && !text.contains("secret"))
        }
    }

    @Test func isTheSameForWhatSaysTheSame() throws {
        #expect(try prints() == prints { $0.text = " ab\n" })
        #expect(try prints() == prints { $0.place = "Ko\u{308}ln" })
        #expect(try prints() == prints { $0.isPrivate = true })
    }

    @Test func isAnotherForAnythingElse() throws {
        let first = appointment.start
        let changes: [(inout Appointment) -> Void] = [
            { _ in },
            {
                $0.text = "a"; $0.note = "bc"
            },
            {
                $0.text = "abc"; $0.note = ""
            }, { $0.place = "" }, { $0.end = first.adding(seconds: 1) },
            { $0.start = first.adding(seconds: 1) }, { $0.isAllDay = true }, { $0.recurrence = Recurrence(frequency: .daily) },
            { $0.recurrence = Recurrence(frequency: .weekly) }, { $0.recurrence = Recurrence(frequency: .daily, interval: 2) },
            { $0.recurrence = Recurrence(frequency: .daily, until: first.date) },
        ]
        let all = try changes.map { try prints($0).full }
        #expect(Set(all).count == changes.count)
    }

    @Test func timeAloneKnowsNoWords() throws {
        #expect(
            try prints().time
                == prints {
                    $0.text = "x"; $0.note = "y"; $0.place = "z"
                }.time)
        #expect(try prints().time != prints { $0.isAllDay = true }.time)
        #expect(try prints().time != prints().full)
    }

    @Test func anonymousIsTheFullOneOfTheAnonymisedCopy() throws {
        #expect(try prints().anonymous == fingerprints(of: appointment.anonymized(), key: key).full)
        #expect(try prints().anonymous == prints { $0.text = "x" }.anonymous)
        #expect(appointment.anonymized().text == "Advoware blocked")
    }
}
