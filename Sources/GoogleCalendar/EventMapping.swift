public import Appointments
import JSON

extension Event {
    /// The longest id that the hub's column holds.
    public static let maximumIDLength = 255

    /// The standard appointment in canonical form. For one occurrence of a series it is that occurrence alone: whether it is an appointment
    /// of its own is the caller's business (see ``isOccurrence`` and ``deviates(from:)``).
    ///
    /// - Throws: ``EventProblem``: the event is deleted, of another kind, unreadable, or a series that Advoware cannot hold.
    public func appointment() throws(EventProblem) -> Appointment {
        guard !isCancelled else { throw .cancelled }
        guard eventType == "default" else { throw .unsupportedEventType }
        guard (id?.utf16.count ?? 0) <= Self.maximumIDLength else { throw .idTooLong }
        var appointment = try times()
        appointment.text = text("summary") ?? ""
        appointment.note = text("description") ?? ""
        appointment.place = text("location") ?? ""
        do {
            appointment.recurrence = try SeriesRule.recurrence(
                lines: isOccurrence ? nil : fields["recurrence"], first: appointment.start, isAllDay: appointment.isAllDay,
                mayLackDays: tag?.isFromAdvoware == true)
            appointment = appointment.canonical()
            try refuseLongOccurrences(appointment)
            try refuseMovingZone(appointment)
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
        // Both as a series of one, because a series from 00:00 to 23:59 takes whole days and a single appointment does not.
        expected.recurrence = Recurrence(frequency: .daily, until: originalStart.date)
        occurrence.recurrence = expected.recurrence
        return occurrence.canonical().says(otherThan: expected.canonical())
    }

    private func times() throws(EventProblem) -> Appointment {
        let end = EventMoment(fields["end"])
        switch EventMoment(fields["start"]) {
        case .time(let start):
            guard start.date.isPlausible else { throw .badTimes }
            // Without a usable end it is not after the start, and so one hour later.
            if case .time(let end) = end, end.date.isPlausible { return Appointment(start: start, end: end) }
            return Appointment(start: start, end: start)
        case .day(let first):
            guard first.isPlausible else { throw .badTimes }
            var last = first
            // Google's end is the day after the last one.
            if case .day(let end) = end, end.adding(days: -1).isPlausible { last = end.adding(days: -1) }
            return Appointment(start: WallTime(date: first), end: WallTime(date: last), isAllDay: true)
        case nil: throw .badTimes
        }
    }

    private func refuseLongOccurrences(_ appointment: Appointment) throws(SeriesObstacle) {
        guard appointment.recurrence != nil, appointment.end.date != appointment.start.date else { return }
        let isLong = appointment.isAllDay || appointment.start.seconds(until: appointment.end) > 86_400
        throw isLong ? .occurrenceTooLong : .crossesMidnight
    }

    /// A series in another zone is one of Berlin only if each occurrence begins at the same time of day there and here.
    private func refuseMovingZone(_ appointment: Appointment) throws(SeriesObstacle) {
        guard let series = appointment.recurrence, let start = fields["start"], start["dateTime"]?.stringValue != nil,
            let name = start["timeZone"]?.stringValue, name != Berlin.zoneName
        else { return }
        guard let zone = ForeignZone(name) else { throw .timeZone }
        // A series of whole days has lost its time of day; it began at midnight.
        let first = appointment.start
        let there = zone.wallTime(of: Berlin.instant(of: first))
        guard there.date == first.date else { throw .timeZone }
        // Enough occurrences to pass several changes of the clocks, whatever the frequency.
        for date in series.dates(from: first.date, limit: 800) {
            let here = Berlin.instant(of: WallTime(date: date, time: first.time))
            guard zone.instant(of: WallTime(date: date, time: there.time)) == here else { throw .timeZone }
        }
    }
}

extension Appointment {
    fileprivate func says(otherThan other: Appointment) -> Bool {
        var copy = self
        copy.isPrivate = other.isPrivate
        return copy != other
    }
}
