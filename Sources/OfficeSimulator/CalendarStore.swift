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
    var id: String? { fields["id"]?.stringValue }
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
        let stored = events[id]
        if let stored, stored.master == nil || !stored.isCancelled { return stored }
        guard let underscore = id.lastIndex(of: "_"), underscore > id.startIndex else { return stored }
        let key = id[id.index(after: underscore)...]
        guard let day = CivilDay(compact: key.prefix(8)) else { return stored }
        let span = (from: Moment(seconds: (day.number - 1) * 86_400), to: Moment(seconds: (day.number + 2) * 86_400))
        for part in parts(of: String(id[..<underscore])) {
            guard let times = occurrences(of: part, from: span.from, before: span.to).first(where: { $0.occurrenceKey == key }) else {
                continue
            }
            return stored?.master == part.id ? stored : occurrence(of: part, at: times)
        }
        return stored
    }

    /// The masters of a series, split or not: of all of them the occurrences have ids that begin with that of the first.
    private func parts(of stem: String) -> [StoredEvent] {
        guard Self.stem(of: stem) == stem else { return [] }
        let later = events.filter { $0.key.hasPrefix(stem + "_R") && Self.stem(of: $0.key) == stem }
        return ([events[stem]] + later.sorted { $0.key < $1.key }.map(\.value)).compactMap { $0 }.filter(\.isRecurring)
    }

    /// The id of a master without what "this and following" has appended to it.
    static func stem(of masterID: String) -> String {
        guard let range = masterID.range(of: "_R"), range.lowerBound > masterID.startIndex,
            CivilDay(compact: masterID[range.upperBound...].prefix(8)) != nil
        else { return masterID }
        return String(masterID[..<range.lowerBound])
    }

    /// The id of an occurrence. In the later parts of a split series it begins with the id of the first, too.
    static func occurrenceID(of masterID: String, at times: EventTimes) -> String { stem(of: masterID) + "_" + times.occurrenceKey }

    /// What somebody has made of one occurrence of this very part of a series.
    func exception(of masterID: String, at times: EventTimes) -> StoredEvent? {
        events[Self.occurrenceID(of: masterID, at: times)].flatMap { $0.master == masterID ? $0 : nil }
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
        fields["id"] = .string(Self.occurrenceID(of: masterID, at: times))
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
            if let own = exception(of: masterID, at: times) { return own }
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
