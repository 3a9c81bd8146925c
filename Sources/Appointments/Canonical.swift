extension Appointment {
    /// The one form that both systems can represent, so that what says the same compares equal. Canonical form of a canonical form is
    /// itself.
    ///
    /// - Clock readings that spring leaves out move to the hour that the clock shows instead.
    /// - A timed end that is not after the start counts as missing: one hour after the start, in a series 23:59 of the same day at the latest.
    /// - A single appointment longer than 24 hours is all-day; one that ends at midnight does not touch the day that begins then.
    /// - A series from 00:00 to 23:59 is all-day. All-day appointments have no times, and their last day is not before the first.
    /// - A series ends on its last occurrence.
    /// - Texts: see ``TextLimits``.
    public func canonical() -> Appointment {
        var result = self
        result.text = TextLimits.line(text, limit: TextLimits.text)
        result.place = TextLimits.line(place, limit: TextLimits.place)
        result.note = TextLimits.lines(note, limit: TextLimits.note)
        if !result.isAllDay { result.settleTimes() }
        if result.isAllDay {
            result.start = WallTime(date: result.start.date)
            result.end = WallTime(date: max(result.end.date, result.start.date))
        }
        result.recurrence = recurrence?.canonical(from: result.start.date)
        return result
    }

    private mutating func settleTimes() {
        (start, end) = (start.shown, end.shown)
        if end <= start { end = defaultEnd }
        if recurrence != nil {
            isAllDay = start.time == .midnight && end.date == start.date && end.time >= .lastMinute
        } else if start.seconds(until: end) > 86_400 {
            isAllDay = true
            end = end.adding(seconds: -1)
        }
    }

    /// One hour after the start. An occurrence of a series stays on its day, because Advoware cannot represent it otherwise; if it begins
    /// in the last minute of the day, it ends where it begins.
    private var defaultEnd: WallTime {
        let end = start.adding(seconds: 3_600).shown
        guard recurrence != nil, end.date > start.date else { return end }
        return WallTime(date: start.date, time: max(start.time, .lastMinute))
    }
}

extension WallTime {
    /// What a clock in Berlin really shows then: itself, but for the hour that spring leaves out.
    public var shown: WallTime { Berlin.wallTime(of: Berlin.instant(of: self)) }
}
