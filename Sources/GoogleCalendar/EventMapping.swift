public import Appointments
import JSON

extension Event {
    /// The longest id that the hub's column holds.
    public static let maximumIDLength = 255

    /// The standard appointment in canonical form. For one occurrence of a series it is that occurrence alone: whether it is an appointment
    /// of its own is the caller's business (see ``isOccurrence`` and ``deviates(from:)``).
    ///
    /// - Throws: ``EventProblem``: the event is deleted, of another kind, unreadable, or a series that Advoware cannot represent.
    public func appointment() throws(EventProblem) -> Appointment { try appointment(mayBeginEarly: false) }

    /// - Parameter mayBeginEarly: also before the years that Advoware has: of a series its occurrences count.
    func appointment(mayBeginEarly: Bool) throws(EventProblem) -> Appointment {
        guard !isCancelled else { throw .cancelled }
        guard eventType == "default" else { throw .unsupportedEventType }
        guard (id?.utf16.count ?? 0) <= Self.maximumIDLength else { throw .idTooLong }
        var appointment = try times(mayBeginEarly: mayBeginEarly || isSeries)
        guard mayBeginEarly || appointment.start.date.isPlausible else { throw .seriesNotRepresentable(.beginsEarly) }
        appointment.text = text("summary") ?? ""
        appointment.note = text("description") ?? ""
        appointment.place = text("location") ?? ""
        do {
            if !isOccurrence { appointment.recurrence = try recurrence(of: appointment) }
            appointment = appointment.canonical()
            try refuseLongOccurrences(appointment)
        } catch {
            throw .seriesNotRepresentable(error)
        }
        return appointment
    }

    /// Whether this occurrence says anything else than its series says of its day: moved, cancelled or with other words.
    /// One that cannot be read does.
    ///
    /// - Parameter series: the master's appointment.
    public func deviates(from series: Appointment) -> Bool {
        guard !isCancelled, let originalStart, var occurrence = try? appointment() else { return true }
        let days = originalStart.date.dayNumber - series.start.date.dayNumber
        var expected = series
        expected.start.date = originalStart.date
        expected.end.date = series.end.date.adding(days: days)
        // Both as a series of one, because a series from 00:00 to 23:59 is all-day and a single appointment is not.
        expected.recurrence = Recurrence(frequency: .daily, until: originalStart.date)
        occurrence.recurrence = expected.recurrence
        // Nearly every occurrence is its series' word for word, and canonical forms cost most.
        if occurrence == expected { return false }
        (occurrence, expected) = (occurrence.canonical(), expected.canonical())
        // Where the clocks change meanwhile, an occurrence that keeps its duration ends at another time of day; nobody moved it.
        if !occurrence.isAllDay, duration == series.start.seconds(until: series.end) { occurrence.end = expected.end }
        return occurrence.says(otherThan: expected)
    }

    private func times(mayBeginEarly: Bool) throws(EventProblem) -> Appointment {
        func isUsable(_ date: LocalDate) -> Bool { date.isPlausible || mayBeginEarly && date.year >= 1583 && date.year < 1900 }
        let end = EventMoment(places["end"])
        switch EventMoment(places["start"]) {
        case .time(let instant):
            let start = Berlin.wallTime(of: instant)
            guard isUsable(start.date) else { throw .badTimes }
            // Without a usable end it is not after the start, and so one hour later.
            var last = start
            if case .time(let end) = end, isUsable(Berlin.wallTime(of: end).date) { last = Berlin.wallTime(of: end) }
            return Appointment(start: start, end: last)
        case .day(let first):
            guard isUsable(first) else { throw .badTimes }
            var last = first
            // Google's end is the day after the last one.
            if case .day(let end) = end, isUsable(end.adding(days: -1)) { last = end.adding(days: -1) }
            return Appointment(start: WallTime(date: first), end: WallTime(date: last), isAllDay: true)
        case nil: throw .badTimes
        }
    }

    /// Seconds that pass between start and end, nil if it is all-day.
    private var duration: Int? {
        guard case .time(let start) = EventMoment(places["start"]), case .time(let end) = EventMoment(places["end"]) else { return nil }
        return end.seconds - start.seconds
    }

    private func recurrence(of appointment: Appointment) throws(SeriesObstacle) -> Recurrence? {
        let lines = try SeriesRule.lines(places["recurrence"])
        guard !lines.isEmpty else { return nil }
        var (zone, first) = (Berlin.zone, appointment.start)
        if case .time(let instant) = EventMoment(places["start"]) {
            guard let own = Zone(ofEvent: places["start"]?["timeZone"]?.stringValue) else { throw .timeZone }
            (zone, first) = (own, own.wallTime(of: instant))
        }
        let rule = SeriesRule(first: first, zone: zone, isAllDay: appointment.isAllDay)
        // An event of ours stands for a Termin, wherever it began: what a Termin can be, it can be.
        return try rule.recurrence(lines: lines, inBerlinFrom: appointment.start, mayLackDays: tag != nil)
    }

    private func refuseLongOccurrences(_ appointment: Appointment) throws(SeriesObstacle) {
        guard appointment.recurrence != nil, appointment.end.date != appointment.start.date else { return }
        let isLong = appointment.isAllDay || appointment.start.seconds(until: appointment.end) > 86_400
        throw isLong ? .occurrenceTooLong : .crossesMidnight
    }
}

extension Appointment {
    fileprivate func says(otherThan other: Appointment) -> Bool {
        var copy = self
        copy.isPrivate = other.isPrivate
        return copy != other
    }
}
