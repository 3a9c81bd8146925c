/// A series as Advoware can represent it: every so many days, weeks, months or years, with the weekday or day of the month of its first
/// date.
public struct Recurrence: Sendable, Hashable {
    /// What is counted between occurrences.
    public enum Frequency: String, Sendable, Hashable, CaseIterable {
        /// Every n days.
        case daily
        /// Every n weeks, on the first date's weekday.
        case weekly
        /// Every n months, on the first date's day; months without that day are left out.
        case monthly
        /// Every n years, on the first date's day and month; years without that day are left out.
        case yearly
    }

    /// What is counted.
    public var frequency: Frequency
    /// Every how many; 1 to 2,147,483,647.
    public let interval: Int
    /// The date of the last occurrence, nil if the series has no end. In canonical form the series occurs on it.
    public var until: LocalDate?

    /// A series; an interval outside its range becomes the nearest.
    public init(frequency: Frequency, interval: Int = 1, until: LocalDate? = nil) {
        self.frequency = frequency
        self.interval = min(max(interval, 1), Int(Int32.max))
        self.until = until
    }

    /// The first year in which an end means "no end": so Advoware writes it, and it cannot tell such an end from a real one.
    public static let endlessYear = 2037

    /// The same series with its end put on its last occurrence (the first at least), or left out if it lies in 2037 or later.
    public func canonical(from first: LocalDate) -> Recurrence {
        guard let until else { return self }
        let last = last(onOrBefore: until, from: first)
        return Recurrence(frequency: frequency, interval: interval, until: last.year >= Self.endlessYear ? nil : last)
    }

    /// The last date of a series on or before a day, its end not regarded; the first date if that is later.
    public func last(onOrBefore limit: LocalDate, from first: LocalDate) -> LocalDate {
        guard limit > first else { return first }
        var step = steps(from: first, to: limit)
        while step > 0 {
            if let date = date(step: step, from: first), date <= limit { return date }
            step -= 1
        }
        return first
    }

    /// The date of the occurrence with this number, counted from 1; nil if the calendar ends before.
    public func date(ofOccurrence number: Int, from first: LocalDate) -> LocalDate? {
        var (step, left) = (0, number)
        if everyStepHasDate(from: first) { (step, left) = (max(number, 1) - 1, 1) }
        while step == 0 || isInsideCalendar(step: step, from: first) {
            if let date = date(step: step, from: first) {
                left -= 1
                if left <= 0 { return date }
            }
            step += 1
        }
        return nil
    }

    /// The dates of a series until its end, those at most that the limit allows.
    public func dates(from first: LocalDate, limit: Int) -> [LocalDate] {
        var (dates, step): ([LocalDate], Int) = ([], 0)
        while dates.count < limit, isInsideCalendar(step: step, from: first) {
            if let date = date(step: step, from: first) {
                if let until, date > until { break }
                dates.append(date)
            }
            step += 1
        }
        return dates
    }

    /// Whether every month or year that is counted has the day.
    public func everyStepHasDate(from first: LocalDate) -> Bool {
        switch frequency {
        case .daily, .weekly: true
        case .monthly: first.day <= 28
        case .yearly: first.month != 2 || first.day != 29
        }
    }

    /// How many whole steps lie between two dates, the day of the month not regarded.
    private func steps(from first: LocalDate, to limit: LocalDate) -> Int {
        switch frequency {
        case .daily: (limit.dayNumber - first.dayNumber) / interval
        case .weekly: (limit.dayNumber - first.dayNumber) / 7 / interval
        case .monthly: (limit.monthNumber - first.monthNumber) / interval
        case .yearly: (limit.year - first.year) / interval
        }
    }

    private func date(step: Int, from first: LocalDate) -> LocalDate? {
        guard isInsideCalendar(step: step, from: first) else { return nil }
        switch frequency {
        case .daily: return first.adding(days: step * interval)
        case .weekly: return first.adding(days: step * interval * 7)
        case .monthly:
            let month = first.monthNumber + step * interval
            return LocalDate(year: month / 12, month: month % 12 + 1, day: first.day)
        case .yearly: return LocalDate(year: first.year + step * interval, month: first.month, day: first.day)
        }
    }

    private func isInsideCalendar(step: Int, from first: LocalDate) -> Bool {
        let end = LocalDate(dayNumber: .max)
        return step <= steps(from: first, to: end)
    }
}

extension LocalDate {
    /// Months since the year 0.
    fileprivate var monthNumber: Int { year * 12 + month - 1 }
}
