public import Appointments
public import JSON

extension Event {
    /// The body of an insert or a PATCH. Every mapped field is there, so that a PATCH clears what the appointment no longer has; everything
    /// else (reminders, colours, guests) is left out and stays.
    ///
    /// - Parameters:
    ///   - tag: what to write on the event, nil to leave that alone.
    ///   - timeOnly: start, end and series only.
    public static func fields(for appointment: Appointment, tag: EventTag?, timeOnly: Bool) -> [String: JSONValue] {
        let appointment = appointment.canonical()
        var fields: [String: JSONValue] = [
            "start": appointment.isAllDay ? day(appointment.start.date) : time(appointment.start),
            "end": appointment.isAllDay ? day(appointment.end.date.adding(days: 1)) : time(appointment.end),
            "recurrence": appointment.rule.map { [.string($0)] } ?? .null,
        ]
        if !timeOnly {
            fields["summary"] = .string(appointment.text)
            fields["description"] = .string(appointment.note)
            fields["location"] = .string(appointment.place)
            if appointment.isPrivate { fields.merge(hidden) { $1 } }
        }
        if let tag { fields["extendedProperties"] = tag.extendedProperties }
        return fields
    }

    /// The body that makes an event private. One way only: what a user made private in Google stays so.
    public static let hidden: [String: JSONValue] = ["visibility": "private"]

    // The null is what lets a PATCH turn whole days into hours and back.
    private static func day(_ date: LocalDate) -> JSONValue {
        ["date": .string(date.description), "dateTime": .null, "timeZone": .null]
    }

    private static func time(_ wall: WallTime) -> JSONValue {
        ["date": .null, "dateTime": .string(wall.description + Berlin.offsetText(for: wall)), "timeZone": .string(Berlin.zoneName)]
    }
}

extension Appointment {
    /// The series as an RRULE, nil if there is none.
    fileprivate var rule: String? {
        guard let recurrence else { return nil }
        var rule = "RRULE:FREQ=\(recurrence.frequency.rawValue.uppercased())"
        if recurrence.interval > 1 { rule += ";INTERVAL=\(recurrence.interval)" }
        guard let until = recurrence.until else { return rule }
        let date = until.description.filter { $0 != "-" }
        guard !isAllDay else { return "\(rule);UNTIL=\(date)" }
        // The end of the last day in Berlin, as Google's own pages write it: no matter in which pass of a doubled hour an occurrence is.
        let lastSecond = WallTime(date: until, time: TimeOfDay(secondOfDay: 86_399))
        let text = Berlin.instant(of: lastSecond).description.prefix(19).filter { $0 != "-" && $0 != ":" }
        return "\(rule);UNTIL=\(text)Z"
    }
}
