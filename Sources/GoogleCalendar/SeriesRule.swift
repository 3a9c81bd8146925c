import Appointments
import JSON

/// Reads the lines of `recurrence` (RFC 5545, without DTSTART).
struct SeriesRule {
    /// The first occurrence's start as its own zone shows it: weekdays and days of the month are counted there.
    let first: WallTime
    /// The zone in which the series keeps its time of day.
    let zone: Zone
    /// Whether it is all-day, which have no zone.
    let isAllDay: Bool

    /// The lines of a `recurrence`, none if it is missing.
    static func lines(_ value: JSONView?) throws(SeriesObstacle) -> [String] {
        guard let value, !value.isNull else { return [] }
        guard let lines = value.elements else { throw .malformed }
        let texts = lines.compactMap(\.stringValue)
        guard texts.count == lines.count else { throw .malformed }
        return texts.filter { !$0.isEmpty }
    }

    /// The series with its days as Berlin counts them, nil if no line is a rule.
    ///
    /// - Parameters:
    ///   - start: the first occurrence's start in Berlin.
    ///   - mayLackDays: also reads series on days that not every month has: one that stands for a Termin is one that Advoware can
    ///     represent.
    /// - Throws: the ``SeriesObstacle`` that keeps Advoware from representing it.
    func recurrence(lines: [String], inBerlinFrom start: WallTime, mayLackDays: Bool) throws(SeriesObstacle) -> Recurrence? {
        var rules: [Substring] = []
        for line in lines {
            let name = line.prefix { $0 != ":" && $0 != ";" }.uppercased()
            switch name {
            case "RRULE": rules.append(line.dropFirst(name.count + 1))
            case "EXDATE", "RDATE", "EXRULE": throw .exceptions
            default: throw .malformed
            }
        }
        guard rules.count <= 1 else { throw .severalRules }
        guard let rule = rules.first else { return nil }
        let parts = RuleParts(parts: try Self.pairs(rule), first: first, zone: zone, isAllDay: isAllDay)
        let series = try parts.recurrence()
        guard mayLackDays || series.everyStepHasDate(from: start.date) else {
            throw series.frequency == .monthly ? .dayNotInEveryMonth : .leapDay
        }
        return isAllDay ? series : try inBerlin(series, from: start)
    }

    /// A series in another zone is one of Berlin if each occurrence begins at the same time of day there and here, be it on another day.
    private func inBerlin(_ series: Recurrence, from start: WallTime) throws(SeriesObstacle) -> Recurrence {
        guard zone != Berlin.zone else { return series }
        var here = series
        here.until = series.until?.adding(days: start.date.dayNumber - first.date.dayNumber)
        // Enough occurrences to pass several changes of the clocks, whatever the frequency.
        let (datesHere, datesThere) = (here.dates(from: start.date, limit: 800), series.dates(from: first.date, limit: 800))
        guard datesHere.count == datesThere.count else { throw .timeZone }
        for (date, dateThere) in zip(datesHere, datesThere) {
            let instant = zone.instants(of: WallTime(date: dateThere, time: first.time)).last
            guard Berlin.wallTime(of: instant) == WallTime(date: date, time: start.time).shown else { throw .timeZone }
        }
        return here
    }

    private static func pairs(_ rule: Substring) throws(SeriesObstacle) -> [String: String] {
        var pairs: [String: String] = [:]
        for part in rule.split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { throw .malformed }
            let name = String(pair[0].trimmed).uppercased()
            guard pairs[name] == nil else { throw .malformed }
            pairs[name] = String(pair[1].trimmed).uppercased()
        }
        return pairs
    }
}

/// The parts of one RRULE.
private struct RuleParts {
    let parts: [String: String]
    let first: WallTime
    let zone: Zone
    let isAllDay: Bool

    func recurrence() throws(SeriesObstacle) -> Recurrence {
        let frequency = try frequency()
        try refuseOtherDays(frequency)
        let interval = try number("INTERVAL") ?? 1
        var series = Recurrence(frequency: frequency, interval: interval)
        let count = try number("COUNT")
        if let until = try until() {
            guard count == nil else { throw .malformed }
            series.until = until
        } else if let count {
            guard let last = series.date(ofOccurrence: count, from: first.date) else { throw .unsupportedPart }
            series.until = last
        }
        return series
    }

    private func frequency() throws(SeriesObstacle) -> Recurrence.Frequency {
        switch parts["FREQ"] {
        case "DAILY": return .daily
        case "WEEKLY": return .weekly
        case "MONTHLY": return .monthly
        case "YEARLY": return .yearly
        case "HOURLY", "MINUTELY", "SECONDLY": throw .unsupportedPart
        default: throw .malformed
        }
    }

    /// A part may say again what the start says already, and nothing else.
    private func refuseOtherDays(_ frequency: Recurrence.Frequency) throws(SeriesObstacle) {
        for (name, value) in parts {
            switch name {
            // With one weekday it does not matter on which day a week begins.
            case "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST": continue
            case "BYDAY":
                guard frequency == .weekly, value == first.date.dayOfWeek.rawValue else { throw .weekdays }
            case "BYSETPOS": throw .setPosition
            case "BYMONTHDAY":
                // In a yearly rule it would mean every month unless the month is named.
                let isOwn = frequency == .monthly || (frequency == .yearly && parts["BYMONTH"] != nil)
                guard isOwn, Int(value) == first.date.day else { throw .monthDay }
            case "BYMONTH":
                guard frequency == .yearly, Int(value) == first.date.month else { throw .unsupportedPart }
            default: throw .unsupportedPart
            }
        }
    }

    /// A whole number of at least 1.
    private func number(_ name: String) throws(SeriesObstacle) -> Int? {
        guard let text = parts[name] else { return nil }
        guard let number = Int(text), (1...Int(Int32.max)).contains(number) else { throw .malformed }
        return number
    }

    /// The last day on which an occurrence may begin.
    private func until() throws(SeriesObstacle) -> LocalDate? {
        guard let text = parts["UNTIL"] else { return nil }
        guard let moment = MomentText(basic: text) else { throw .malformed }
        guard !isAllDay, moment.time != nil else { return moment.date }
        // In UTC by the standard; one without Z is meant as a clock reading.
        let limit = moment.offset == nil ? zone.instants(of: moment.wallTime).last : Instant(utc: moment.wallTime)
        let day = zone.wallTime(of: limit).date
        // Of an hour that comes twice an occurrence is in the first pass.
        return zone.instants(of: WallTime(date: day, time: first.time)).first <= limit ? day : day.adding(days: -1)
    }
}

extension MomentText {
    /// Reads `YYYYMMDD`, `YYYYMMDDTHHMMSS` and `YYYYMMDDTHHMMSSZ`.
    init?(basic text: String) {
        let characters = Array(text)
        guard characters.count == 8 || characters.count == 15 || characters.count == 16 else { return nil }
        func part(_ range: Range<Int>) -> String { String(characters[range]) }
        let date = "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))"
        guard characters.count > 8 else {
            self.init(date)
            return
        }
        let time = "\(part(9..<11)):\(part(11..<13)):\(part(13..<15))"
        self.init("\(date)\(characters[8])\(time)\(characters.count == 16 ? part(15..<16) : "")")
    }
}
