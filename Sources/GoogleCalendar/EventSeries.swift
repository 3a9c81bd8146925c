public import Appointments
public import JSON

extension Event {
    /// The first occurrence of a series alone, whatever its rule.
    ///
    /// - Throws: ``EventProblem``, but for `seriesNotRepresentable`.
    public func firstOccurrence() throws(EventProblem) -> Appointment {
        try Event(fields: fields.filter { $0.key != "recurrence" }).appointment()
    }

    /// The lines of the series in a fixed order: what a series says that Advoware cannot hold.
    public var recurrenceLines: [String] {
        (fields["recurrence"]?.arrayValue ?? []).compactMap(\.stringValue).sorted()
    }

    /// What an occurrence on that day would say if nobody had changed it.
    ///
    /// - Parameter series: the master's appointment.
    /// - Returns: nil if the event is no readable occurrence.
    public func regularOccurrence(of series: Appointment) -> Appointment? {
        guard let day = originalStart?.date else { return nil }
        var regular = series
        regular.start.date = day
        regular.end.date = series.end.date.adding(days: day.dayNumber - series.start.date.dayNumber)
        regular.recurrence = nil
        return regular
    }

    /// The body of a PATCH that gives an occurrence back what its series says of its day; also of one that was deleted.
    public static func restoring(_ regular: Appointment) -> [String: JSONValue] {
        var fields = fields(for: regular, tag: nil, timeOnly: false)
        fields["recurrence"] = nil
        fields["status"] = "confirmed"
        return fields
    }
}
