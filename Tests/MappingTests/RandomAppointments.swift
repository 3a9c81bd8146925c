import Appointments
import JSON

/// The same numbers for the same seed (SplitMix64), so that what fails once fails again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[Int.random(in: 0..<elements.count, using: &self)] }
}

/// Appointments and raw entries of both systems as bad as they come.
struct RandomAppointments {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// 2020 to 2038; every fourth on the last Sunday of March or October or beside it.
    mutating func date() -> LocalDate {
        guard random.chance(25) else { return LocalDate(dayNumber: Int.random(in: 18_262..<25_100, using: &random)) }
        let end =
            LocalDate(year: Int.random(in: 2020...2038, using: &random), month: random.pick([3, 10]), day: 31) ?? LocalDate(dayNumber: 0)
        let sunday = end.dayNumber - (end.dayNumber - 3) % 7
        return LocalDate(dayNumber: sunday + Int.random(in: -1...1, using: &random))
    }

    mutating func time() -> TimeOfDay {
        let special = [0, 60, 3_600, 7_200, 9_000, 10_799, 10_800, 32_400, 84_600, 86_340, 86_370, 86_399]
        return TimeOfDay(secondOfDay: random.chance(40) ? random.pick(special) : Int.random(in: 0..<288, using: &random) * 300)
    }

    mutating func text(long: Int) -> String {
        let pieces = [
            "Müller ./. Maier", "Mu\u{308}ller", " ", "\n", "\r\n", "\r", "\t", "\u{0}", "\u{7F}", "\u{2028}", "👩‍👩‍👧", "🇩🇪", "e\u{301}\u{302}",
            "\u{FFFD}",
            "<b>fett</b>", "\"", "\\", "ﬁ", "\u{1100}\u{1161}", "한", "Ω", "\u{200D}", "\u{FEFF}", "\u{300}", "Köln, Dom",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...6, using: &random) { text += random.pick(pieces) }
        if random.chance(3) { text += String(repeating: random.pick(pieces), count: long) }
        return text
    }

    mutating func recurrence(from first: LocalDate) -> Recurrence {
        let until = first.adding(days: Int.random(in: -10...2_000, using: &random))
        return Recurrence(
            frequency: random.pick(Recurrence.Frequency.allCases), interval: random.pick([1, 1, 1, 2, 3, 12, 100]),
            until: random.chance(30) ? nil : until)
    }

    /// An appointment that both systems can represent, not in canonical form.
    mutating func appointment() -> Appointment {
        let start = WallTime(date: date(), time: time())
        var appointment = Appointment(
            start: start, end: start, isAllDay: random.chance(20), text: text(long: 300), note: text(long: 1_200), place: text(long: 300),
            isPrivate: random.chance(20))
        if random.chance(35) {
            appointment.recurrence = recurrence(from: start.date)
            appointment.end = WallTime(date: start.date, time: time())
        } else {
            let lengths = [-3_600, 0, 60, 1_800, 3_600, 86_340, 86_399, 86_400, 86_401, 90_000, 172_800, 600_000]
            appointment.end = start.adding(seconds: random.pick(lengths))
        }
        return appointment
    }

    /// A Termin as Advoware might answer it.
    mutating func termin() -> [String: JSONValue] {
        let first = date()
        var fields: [String: JSONValue] = ["frNr": .int(Int64.random(in: 1...90_000, using: &random)), "unbekannt": "bleibt"]
        let isSeries = random.chance(35)
        let last = first.adding(days: isSeries ? Int.random(in: -3...6_000, using: &random) : random.pick([-1, 0, 0, 0, 0, 1, 3]))
        fields["datum"] = dateText(first)
        fields["datumBis"] = random.chance(5) ? .null : dateText(last)
        fields["uhrzeitVon"] = timeText()
        fields["uhrzeitBis"] = timeText()
        fields["dauertermin"] = .int(isSeries || random.chance(20) ? 1 : 0)
        fields["turnus"] = .int(isSeries ? random.pick([1, 1, 2, 5]) : 0)
        fields["turnusArt"] = .int(isSeries ? Int64.random(in: 1...4, using: &random) : 0)
        fields["text"] = .string(text(long: 300))
        fields["notiz"] = .string(text(long: 1_200))
        fields["ort"] = random.chance(20) ? .null : .string(text(long: 300))
        fields["privat"] = .int(random.pick([0, 1]))
        var spelled: [String: JSONValue] = [:]
        for (name, value) in fields where !random.chance(3) || name == "datum" {
            spelled[random.chance(50) ? name : random.pick([name.lowercased(), name.uppercased(), name.capitalized])] = value
        }
        return spelled
    }

    private mutating func dateText(_ date: LocalDate) -> JSONValue {
        .string(date.description + random.pick(["", "T00:00:00", "T00:00:00", "T00:00:00.000", "T00:00:00Z", "T14:15:00"]))
    }

    private mutating func timeText() -> JSONValue {
        let text = time().description
        return random.pick([.string(text), .string(text), .string(text), .string(String(text.prefix(5))), .null, ""])
    }

    /// An event as a person might make it in Google.
    mutating func event() -> [String: JSONValue] {
        var fields: [String: JSONValue] = ["id": "abc", "status": "confirmed", "colorId": "5"]
        if random.chance(90) { fields["summary"] = .string(text(long: 300)) }
        if random.chance(50) { fields["description"] = .string(text(long: 1_200)) }
        if random.chance(50) { fields["location"] = .string(text(long: 300)) }
        let first = date()
        if random.chance(30) {
            fields["start"] = ["date": .string(first.description)]
            fields["end"] = ["date": .string(first.adding(days: random.pick([1, 1, 1, 2, 7])).description)]
        } else {
            let start = Berlin.instant(of: WallTime(date: first, time: time()))
            let zone = random.pick(["Europe/Berlin", "Europe/Berlin", "Europe/Vienna", "Europe/London", "UTC", "America/New_York"])
            fields["start"] = moment(start, zone)
            fields["end"] = moment(start.adding(seconds: random.pick([0, 1_800, 3_600, 36_000, 86_340, 86_400, 90_000, 260_000])), zone)
        }
        if random.chance(40) { fields["recurrence"] = .array(rules(first)) }
        return fields
    }

    private mutating func moment(_ instant: Instant, _ zone: String) -> JSONValue {
        let text = String(instant.description.prefix(19)) + random.pick(["Z", "+00:00", ".000Z"])
        return ["dateTime": .string(text), "timeZone": .string(zone)]
    }

    private mutating func rules(_ first: LocalDate) -> [JSONValue] {
        var rule = "RRULE:FREQ=" + random.pick(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
        if random.chance(30) { rule += ";INTERVAL=\(Int.random(in: 1...4, using: &random))" }
        if random.chance(30) { rule += ";WKST=SU" }
        if random.chance(10) { rule += random.pick([";BYDAY=MO", ";BYDAY=MO,FR", ";BYMONTHDAY=\(first.day)", ";BYSETPOS=1"]) }
        switch Int.random(in: 0..<3, using: &random) {
        case 0: rule += ";COUNT=\(Int.random(in: 1...500, using: &random))"
        case 1:
            let until = first.adding(days: Int.random(in: -1...3_000, using: &random)).description.filter { $0 != "-" }
            rule += ";UNTIL=\(until)" + random.pick(["", "T235959Z", "T080000Z"])
        default: break
        }
        return random.chance(5) ? [.string(rule), "EXDATE:20250506"] : [.string(rule)]
    }
}
