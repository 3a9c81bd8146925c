/// One RRULE, as far as Google's own interface can make one: FREQ, INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS, WKST.
struct RecurrenceRule: Sendable, Hashable {
    enum Frequency: String, Sendable { case daily = "DAILY", weekly = "WEEKLY", monthly = "MONTHLY", yearly = "YEARLY" }

    enum Until: Sendable, Hashable { case day(CivilDay), moment(Moment) }

    struct WeekdayRule: Sendable, Hashable {
        /// 1 first, -1 last; 0 every.
        var ordinal: Int
        /// 0 = Monday.
        var weekday: Int
    }

    var frequency = Frequency.daily
    var interval = 1
    var count: Int?
    var until: Until?
    var byDay: [WeekdayRule] = []
    var byMonthDay: [Int] = []
    var byMonth: [Int] = []
    var bySetPosition: [Int] = []
    var weekStart = 0

    private static let weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

    /// Nil if `text` (what follows `RRULE:`) is not a rule that Google would take.
    init?(_ text: some StringProtocol) {
        var frequency: Frequency?
        var seen: Set<String> = []
        for part in text.split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, seen.insert(pair[0].uppercased()).inserted else { return nil }
            let value = pair[1].uppercased()
            switch pair[0].uppercased() {
            case "FREQ": frequency = Frequency(rawValue: value)
            case "INTERVAL":
                guard let number = Int(value), number >= 1 else { return nil }
                interval = number
            case "COUNT":
                guard let number = Int(value), number >= 1 else { return nil }
                count = number
            case "UNTIL":
                guard let parsed = Self.until(value) else { return nil }
                until = parsed
            case "BYDAY":
                guard let list = Self.all(value, Self.weekdayRule) else { return nil }
                byDay = list
            case "BYMONTHDAY":
                guard let list = Self.all(value, { Self.number($0, 1...31) }) else { return nil }
                byMonthDay = list
            case "BYMONTH":
                guard let list = Self.all(value, { Self.number($0, 1...12) }), list.allSatisfy({ $0 > 0 }) else { return nil }
                byMonth = list
            case "BYSETPOS":
                guard let list = Self.all(value, { Self.number($0, 1...366) }) else { return nil }
                bySetPosition = list
            case "WKST":
                guard let index = Self.weekdays.firstIndex(of: value) else { return nil }
                weekStart = index
            default: return nil
            }
        }
        guard let frequency, !(count != nil && until != nil) else { return nil }
        self.frequency = frequency
    }

    private static func all<Value>(_ text: String, _ parse: (Substring) -> Value?) -> [Value]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let values = parts.compactMap(parse)
        return values.count == parts.count ? values : nil
    }

    private static func number(_ text: Substring, _ range: ClosedRange<Int>) -> Int? {
        Int(text).flatMap { range.contains(abs($0)) ? $0 : nil }
    }

    private static func weekdayRule(_ text: Substring) -> WeekdayRule? {
        guard let weekday = weekdays.firstIndex(of: String(text.suffix(2))) else { return nil }
        let ordinal = text.dropLast(2)
        if ordinal.isEmpty { return WeekdayRule(ordinal: 0, weekday: weekday) }
        guard let number = Int(ordinal), number != 0, abs(number) <= 53 else { return nil }
        return WeekdayRule(ordinal: number, weekday: weekday)
    }

    private static func until(_ text: String) -> Until? {
        if let day = CivilDay(compact: text) { return .day(day) }
        guard text.hasSuffix("Z"), let wall = CivilTime(compact: text.dropLast()) else { return nil }
        return .moment(Moment(seconds: wall.secondsSince1970))
    }

    /// The days of the series in order, beginning with `start` (which always counts, as in Google), until `keepGoing` says no.
    /// COUNT is obeyed here; UNTIL, which needs a zone, is the caller's.
    func days(from start: CivilDay, while keepGoing: (CivilDay) -> Bool) -> [CivilDay] {
        guard keepGoing(start) else { return [] }
        var days = [start]
        // A rule can match nothing for ever (30 February); the bound ends the search.
        for period in 0..<40_000 {
            for day in candidates(period: period, start: start) where day > start {
                if let count, days.count >= count { return days }
                guard keepGoing(day) else { return days }
                days.append(day)
            }
        }
        return days
    }

    private func candidates(period: Int, start: CivilDay) -> [CivilDay] {
        let parts = start.parts
        var days: [CivilDay]
        switch frequency {
        case .daily:
            let day = start.adding(period * interval)
            days = matches(day) ? [day] : []
        case .weekly:
            let monday = start.number - (start.weekday - weekStart).floorModulo(7) + period * interval * 7
            let wanted = byDay.isEmpty ? [start.weekday] : byDay.map(\.weekday)
            days = (0..<7).map { CivilDay(number: monday + $0) }.filter { wanted.contains($0.weekday) && inMonths($0) }
        case .monthly:
            let month = parts.year * 12 + parts.month - 1 + period * interval
            days = monthDays(year: month.floorDivided(by: 12), month: month.floorModulo(12) + 1, fallback: parts.day)
                .filter(inMonths)
        case .yearly:
            let year = parts.year + period * interval
            let months = !byMonth.isEmpty ? byMonth : (byMonthDay.isEmpty && byDay.isEmpty ? [parts.month] : Array(1...12))
            if !byDay.isEmpty, byMonth.isEmpty, byMonthDay.isEmpty {
                days = byWeekday((1...12).flatMap { allDays(year: year, month: $0) })
            } else {
                days = Set(months).sorted().flatMap { monthDays(year: year, month: $0, fallback: parts.day) }
            }
        }
        guard !bySetPosition.isEmpty else { return days }
        let count = days.count
        // The first can be the last, too.
        return Set(bySetPosition.map { $0 > 0 ? $0 - 1 : count + $0 }).filter { days.indices.contains($0) }.sorted().map { days[$0] }
    }

    private func inMonths(_ day: CivilDay) -> Bool { byMonth.isEmpty || byMonth.contains(day.parts.month) }

    private func matches(_ day: CivilDay) -> Bool {
        let parts = day.parts
        let length = CivilDay.length(ofMonth: parts.month, year: parts.year)
        return inMonths(day) && (byDay.isEmpty || byDay.contains { $0.weekday == day.weekday })
            && (byMonthDay.isEmpty || byMonthDay.contains { $0 == parts.day || $0 == parts.day - length - 1 })
    }

    private func allDays(year: Int, month: Int) -> [CivilDay] {
        guard let first = CivilDay(year: year, month: month, day: 1) else { return [] }
        return (0..<CivilDay.length(ofMonth: month, year: year)).map(first.adding)
    }

    private func monthDays(year: Int, month: Int, fallback: Int) -> [CivilDay] {
        let all = allDays(year: year, month: month)
        if byMonthDay.isEmpty, byDay.isEmpty { return all.filter { $0.parts.day == fallback } }
        let byNumber =
            byMonthDay.isEmpty
            ? all : all.filter { day in byMonthDay.contains { $0 == day.parts.day || $0 == day.parts.day - all.count - 1 } }
        guard !byDay.isEmpty else { return byNumber }
        let weekday = Set(byWeekday(all))
        return byNumber.filter(weekday.contains)
    }

    private func byWeekday(_ span: [CivilDay]) -> [CivilDay] {
        var chosen: Set<CivilDay> = []
        for rule in byDay {
            let same = span.filter { $0.weekday == rule.weekday }
            if rule.ordinal == 0 {
                chosen.formUnion(same)
            } else {
                let index = rule.ordinal > 0 ? rule.ordinal - 1 : same.count + rule.ordinal
                if same.indices.contains(index) { chosen.insert(same[index]) }
            }
        }
        return chosen.sorted()
    }
}
