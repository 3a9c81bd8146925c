/// The standard appointment: what both systems are translated to. Times are Berlin wall time.
public struct Appointment: Sendable, Hashable {
    /// When it begins, of a series the first occurrence; of an all-day one only the date counts.
    public var start: WallTime
    /// When it ends, of a series the first occurrence; of an all-day one the date is the *last* day, and only the date counts.
    public var end: WallTime
    /// Whether it is all-day.
    public var isAllDay: Bool
    /// Advoware's `text`, Google's summary.
    public var text: String
    /// Advoware's `notiz`, Google's description.
    public var note: String
    /// Advoware's `ort`, Google's location.
    public var place: String
    /// The series, nil for a single appointment.
    public var recurrence: Recurrence?
    /// Whether Advoware marks it private. Goes to Google and never back, so it is part of no fingerprint.
    public var isPrivate: Bool

    /// An appointment as given; ``canonical()`` puts it in order.
    public init(
        start: WallTime, end: WallTime, isAllDay: Bool = false, text: String = "", note: String = "", place: String = "",
        recurrence: Recurrence? = nil, isPrivate: Bool = false
    ) {
        (self.start, self.end, self.isAllDay) = (start, end, isAllDay)
        (self.text, self.note, self.place) = (text, note, place)
        (self.recurrence, self.isPrivate) = (recurrence, isPrivate)
    }

    /// What an anonymised copy says instead of its text.
    public static let anonymousText = "Advoware blocked"

    /// The same time and series without anything that names a client.
    public func anonymized() -> Appointment {
        var copy = self
        (copy.text, copy.note, copy.place) = (Self.anonymousText, "", "")
        return copy
    }

    /// The same appointment at another one's time: start, end, all-day and series.
    public func moved(to other: Appointment) -> Appointment {
        var copy = self
        (copy.start, copy.end, copy.isAllDay, copy.recurrence) = (other.start, other.end, other.isAllDay, other.recurrence)
        return copy
    }

    /// The beginning of the first occurrence; of an all-day one midnight in Berlin.
    public var startInstant: Instant {
        Berlin.instant(of: isAllDay ? WallTime(date: start.date) : start)
    }

    /// The end of the last occurrence, nil if the series has none; of an all-day one the midnight after the last day.
    public var lastEnd: Instant? {
        guard let recurrence else { return instant(ofEndMovedBy: 0) }
        guard let until = recurrence.until else { return nil }
        let last = recurrence.last(onOrBefore: until, from: start.date)
        return instant(ofEndMovedBy: last.dayNumber - start.date.dayNumber)
    }

    private func instant(ofEndMovedBy days: Int) -> Instant {
        let date = end.date.adding(days: days)
        return Berlin.instant(of: isAllDay ? WallTime(date: date.adding(days: 1)) : WallTime(date: date, time: end.time))
    }
}
