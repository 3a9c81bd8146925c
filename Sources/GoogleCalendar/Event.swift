public import Appointments
public import JSON

/// An event as Google answered it, every field kept.
public struct Event: Sendable, Hashable {
    /// The fields, read when they are asked for.
    let places: JSONFields

    /// An event with these fields.
    public init(fields: [String: JSONValue]) { self.init(JSONView(.object(fields))) }

    /// An event inside an answer; without fields if it is no object.
    public init(_ entry: JSONView) { places = JSONFields(entry) }

    /// The entry of the answer.
    public var view: JSONView { places.view }

    /// The fields of the event resource.
    public var fields: [String: JSONValue] { places.values }

    /// A field's text, nil if it is missing or no string.
    func text(_ field: String) -> String? { places[field]?.stringValue }

    /// The id, nil if the answer has none, or one that no database holds.
    public var id: String? { text("id").flatMap { $0.isEmpty || $0.utf8.contains(0) ? nil : $0 } }

    /// The etag for `If-Match`.
    public var etag: String? { text("etag") }

    /// `confirmed`, `tentative` or `cancelled`; `confirmed` if missing.
    public var status: String { text("status") ?? "confirmed" }

    /// Whether it is deleted, or, as an exception, its occurrence is. An invitation that was declined is not there either.
    public var isCancelled: Bool { status == "cancelled" || isDeclined }

    /// Whether the owner of this calendar is invited and does not come.
    public var isDeclined: Bool {
        guard let guests = places["attendees"]?.elements else { return false }
        return guests.contains { $0["self"]?.boolValue == true && $0["responseStatus"]?.stringValue == "declined" }
    }

    /// When it was last changed; missing on some cancelled occurrences.
    public var updated: Instant? { text("updated").flatMap(Instant.init(rfc3339:)) }

    /// The id of the series that this event is one occurrence of. A tombstone may have nothing but its own id, which says it, too; of a
    /// series that was split it does not say which part (see ``namesItsSeries``).
    public var recurringEventId: String? { namedSeries ?? tombstoneOfOccurrence?.series }

    /// Whether the event itself says which series, and which part of it, it is an occurrence of.
    public var namesItsSeries: Bool { namedSeries != nil }

    private var namedSeries: String? { text("recurringEventId").flatMap { $0.isEmpty ? nil : $0 } }

    /// Whether it is one occurrence of a series: an exception in a listing, any occurrence in `events.instances`.
    public var isOccurrence: Bool { recurringEventId != nil }

    /// Whether it is the master of a series.
    public var isSeries: Bool { places["recurrence"]?.elements?.isEmpty == false }

    /// The id of the event as calendars exchange it; both halves of a split series can share it.
    public var iCalUID: String? { text("iCalUID") }

    /// `default` for ordinary events; others (birthdays, working places, focus time) are never copied.
    public var eventType: String { text("eventType") ?? "default" }

    /// Whether its owner alone sees more of it than that the time is taken.
    public var isPrivate: Bool { ["private", "confidential"].contains(text("visibility")) }

    /// Whether somebody else's calendar organises it.
    public var isInvitation: Bool {
        guard let organizer = places["organizer"], organizer.hasFields else { return false }
        return organizer["self"]?.boolValue != true
    }

    /// Where in its series an occurrence would stand if it had not been moved; nil if the event is none or it is unreadable.
    /// An all-day occurrence has midnight.
    public var originalStart: WallTime? {
        switch EventMoment(places["originalStartTime"]) {
        case .day(let date): WallTime(date: date)
        case .time(let instant): Berlin.wallTime(of: instant)
        case nil: tombstoneOfOccurrence?.start
        }
    }

    /// What the id of a cancelled occurrence says: `SERIES_20261201` or `SERIES_20261201T090000Z`.
    private var tombstoneOfOccurrence: (series: String, start: WallTime)? {
        guard isCancelled, let id, let bar = id.lastIndex(of: "_"), bar > id.startIndex,
            let moment = MomentText(basic: String(id[bar...].dropFirst())),
            moment.time == nil || moment.offset != nil
        else { return nil }
        let start = moment.time == nil ? moment.wallTime : Berlin.wallTime(of: Instant(utc: moment.wallTime))
        return (String(id[..<bar]), start)
    }

    /// What this product wrote on it, nil if that is nothing or was damaged.
    public var tag: EventTag? { EventTag(extendedProperties: places["extendedProperties"]) }

    /// Whether it is a series that says of itself that it is carried occurrence by occurrence.
    public var isTaggedCarried: Bool { id.map { isSeries && EventTag.saysCarried(places["extendedProperties"], id: $0) } ?? false }

    /// Whether it says that it is an anonymised copy, even where the rest of what this product wrote on it was damaged.
    public var isTaggedAnonymized: Bool { EventTag.isAnonymized(places["extendedProperties"]) }
}
