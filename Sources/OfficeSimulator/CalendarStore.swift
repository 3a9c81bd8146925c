import Foundation
import JSON

/// An event and the number of the change that made it what it is.
struct StoredEvent: Sendable, Hashable {
    var fields: Fields
    var change: Int
    /// A tombstone that listings no longer show; its id stays used for ever.
    var isForgotten = false

    var isCancelled: Bool { fields["status"]?.stringValue == "cancelled" }
    var isRecurring: Bool { fields["recurrence"] != nil }
    var master: String? { fields["recurringEventId"]?.stringValue }
}

/// One Google calendar: its events (deleted ones too), its access rules and its change counter.
struct CalendarStore: Sendable {
    /// More occurrences of one series are never made; an endless series must end somewhere.
    static let occurrenceLimit = 730

    let id: String
    var fields: Fields
    var rules: [Fields] = []
    var events: [String: StoredEvent] = [:]
    var lastChange = 0
    /// Sync tokens from before this change are answered 410.
    var oldestSyncChange = 0

    /// The calendar's zone; UTC unless it was created with one.
    var zone: TimeZone { fields["timeZone"]?.stringValue.flatMap(TimeZone.init(identifier:)) ?? .gmt }
    var summary: String { fields["summary"]?.stringValue ?? "" }

    /// The stored event, or the occurrence of a stored series that this id names; nil if there is neither.
    func event(_ id: String) -> StoredEvent? {
        if let stored = events[id] { return stored }
        guard let underscore = id.lastIndex(of: "_"), let master = events[String(id[..<underscore])], master.isRecurring else { return nil }
        let key = id[id.index(after: underscore)...]
        guard let day = CivilDay(compact: key.prefix(8)) else { return nil }
        let span = (from: Moment(seconds: (day.number - 1) * 86_400), to: Moment(seconds: (day.number + 2) * 86_400))
        return occurrences(of: master, from: span.from, before: span.to).first { $0.occurrenceKey == key }
            .map { occurrence(of: master, at: $0) }
    }

    /// By the series' own rule; exceptions are events of their own.
    /// - Parameters:
    ///   - from: those that end after it; nil: from the first on.
    ///   - horizon: those that begin before it; nil: ``occurrenceLimit`` of them.
    func occurrences(of master: StoredEvent, from: Moment? = nil, before horizon: Moment? = nil) -> [EventTimes] {
        guard let times = EventTimes(master.fields, calendarZone: zone),
            let lines = master.fields["recurrence"]?.arrayValue?.compactMap(\.stringValue),
            let series = Series(lines: lines, times: times, calendarZone: zone)
        else { return [] }
        return series.occurrences(
            from: from ?? Moment(microseconds: .min), before: horizon ?? Moment(microseconds: .max), limit: Self.occurrenceLimit)
    }

    /// An occurrence that nobody has changed: the series with its own time.
    func occurrence(of master: StoredEvent, at times: EventTimes) -> StoredEvent {
        var fields = master.fields
        let masterID = fields["id"]?.stringValue ?? ""
        fields["recurrence"] = nil
        fields["id"] = .string(masterID + "_" + times.occurrenceKey)
        fields["recurringEventId"] = .string(masterID)
        fields["originalStartTime"] = times.startField
        fields["start"] = times.startField
        fields["end"] = times.endField
        return StoredEvent(fields: fields, change: master.change)
    }

    /// All occurrences as events, exceptions in their place.
    func instances(of masterID: String, from: Moment? = nil, before horizon: Moment? = nil) -> [StoredEvent] {
        guard let master = events[masterID], master.isRecurring else { return [] }
        let regular = occurrences(of: master, from: from, before: horizon).map { times -> StoredEvent in
            let own = events[masterID + "_" + times.occurrenceKey]
            if let own { return own }
            var made = occurrence(of: master, at: times)
            if master.isCancelled { made.fields["status"] = "cancelled" }
            return made
        }
        let ids = Set(regular.compactMap { $0.fields["id"]?.stringValue })
        // An exception moved beyond the horizon, or of an occurrence beyond it that was moved before it.
        let others = events.values.filter { $0.master == masterID && !ids.contains($0.fields["id"]?.stringValue ?? "") }
        return regular + others.sorted { $0.change < $1.change }
    }

    /// Gives the event its new `etag`, `updated` and change number, and keeps it.
    @discardableResult
    mutating func store(_ event: Fields, id: String, now: Moment) -> StoredEvent {
        lastChange += 1
        var fields = event
        fields["id"] = .string(id)
        fields["updated"] = .string(now.rfc3339Milliseconds)
        fields["etag"] = .string(Self.etag(now, lastChange))
        let stored = StoredEvent(fields: fields, change: lastChange)
        events[id] = stored
        return stored
    }

    /// All sync tokens die, and whole listings no longer show what was deleted until now.
    mutating func forget() {
        for (key, event) in events where event.isCancelled && event.master.flatMap({ events[$0] })?.isCancelled != false {
            events[key]?.isForgotten = true
        }
        lastChange += 1
        oldestSyncChange = lastChange
    }

    /// Unlike for any two changes of a calendar.
    static func etag(_ now: Moment, _ change: Int) -> String { "\"\(now.microseconds / 1000 * 2)\(digits(change % 10_000, 4))\"" }

    /// What is sent: times in the zone asked for (the calendar's, unless the request names one).
    func rendered(_ event: StoredEvent, in zone: TimeZone? = nil) -> JSONValue {
        var fields = event.fields
        fields["kind"] = "calendar#event"
        for name in ["start", "end", "originalStartTime"] {
            guard var time = fields[name]?.objectValue, let moment = time["dateTime"]?.stringValue.flatMap(Moment.init(rfc3339:)) else {
                continue
            }
            time["dateTime"] = .string(moment.rfc3339(in: zone ?? self.zone))
            fields[name] = .object(time)
        }
        return .object(fields)
    }
}
