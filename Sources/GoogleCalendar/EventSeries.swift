public import Appointments
public import JSON

/// The ids of series.
public enum SeriesID {
    /// The id of a master without what "this and following" has appended to it: the ids of the occurrences of all parts begin with it.
    public static func family(of master: String) -> String {
        var rest = master[...]
        while let bar = rest.lastIndex(of: "_"), bar > rest.startIndex {
            let part = rest[bar...].dropFirst()
            guard part.first == "R", isTime(part.dropFirst()) else { break }
            rest = rest[..<bar]
        }
        return String(rest)
    }

    /// `YYYYMMDD`, `YYYYMMDDTHHMMSS` or that with a `Z`.
    private static func isTime(_ text: Substring) -> Bool {
        let bytes = Array(text.utf8)
        func areDigits(_ range: Range<Int>) -> Bool { bytes[range].allSatisfy { (0x30...0x39).contains($0) } }
        switch bytes.count {
        case 8: return areDigits(0..<8)
        case 15, 16:
            return areDigits(0..<8) && bytes[8] == UInt8(ascii: "T") && areDigits(9..<15)
                && (bytes.count == 15 || bytes[15] == UInt8(ascii: "Z"))
        default: return false
        }
    }
}

extension Event {
    /// The first occurrence of a series alone, whatever its rule.
    ///
    /// - Throws: ``EventProblem``, but for `seriesNotRepresentable`.
    public func firstOccurrence() throws(EventProblem) -> Appointment {
        try Event(fields: fields.filter { $0.key != "recurrence" }).appointment(mayBeginEarly: true)
    }

    /// The lines of the series in a fixed order: what a series says that Advoware cannot represent.
    public var recurrenceLines: [String] {
        (places["recurrence"]?.elements ?? []).compactMap(\.stringValue).sorted()
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

    /// The occurrence of a day as this master's rule alone makes it, its id first of all. In an hour that comes twice there are two that it
    /// may be.
    ///
    /// - Parameter series: this master's appointment.
    public func regularOccurrences(of series: Appointment, on day: LocalDate) -> [Event] {
        guard let id else { return [] }
        switch EventMoment(places["start"]) {
        case .day: return [occurrence(id, key: day.compact, original: ["date": .string(day.description)])]
        case .time(let instant):
            guard let zone = Zone(ofEvent: places["start"]?["timeZone"]?.stringValue) else { return [] }
            var wall = zone.wallTime(of: instant)
            wall.date = wall.date.adding(days: day.dayNumber - series.start.date.dayNumber)
            let (first, last) = zone.instants(of: wall)
            return (first == last ? [first] : [first, last]).map {
                let time = $0.description
                return occurrence(id, key: time.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z", original: ["dateTime": .string(time)])
            }
        case nil: return []
        }
    }

    /// The occurrence of a day as something that is not there.
    public func cancelledOccurrence(of series: Appointment, on day: LocalDate) -> Event {
        var fields = regularOccurrences(of: series, on: day).first?.fields ?? [:]
        fields["status"] = "cancelled"
        return Event(fields: fields)
    }

    private func occurrence(_ master: String, key: String, original: JSONValue) -> Event {
        let id = SeriesID.family(of: master) + "_" + key
        return Event(fields: ["id": .string(id), "recurringEventId": .string(master), "originalStartTime": original])
    }

    /// The body of a PATCH that gives an occurrence back what its series says of its day; also of one that was deleted.
    public static func restoring(_ regular: Appointment) -> [String: JSONValue] {
        var fields = fields(for: regular, tag: nil, timeOnly: false)
        fields["recurrence"] = nil
        fields["status"] = "confirmed"
        return fields
    }
}

extension Appointment {
    /// The days on which a series has occurrences that lie at least a day inside a span: nobody has to know how its ends are counted.
    public func occurrenceDays(from: Instant, to: Instant) -> [LocalDate] {
        guard var recurrence else { return [] }
        let first = Berlin.wallTime(of: from).date.adding(days: 1)
        let last = Berlin.wallTime(of: to).date.adding(days: -2)
        recurrence.until = min(recurrence.until ?? last, last)
        guard start.date <= last else { return [] }
        return recurrence.dates(from: start.date, limit: .max).filter { $0 >= first }
    }
}

extension LocalDate {
    /// `YYYYMMDD`.
    fileprivate var compact: String { description.filter { $0 != "-" } }
}
