import Foundation
import JSON

/// How a listing is made nastier than it need be.
struct ListingMood: Sendable, Hashable {
    /// Pages of at most this many events, whatever was asked for.
    var pageLimit: Int?
    /// Every other page is empty and has a successor.
    var emptyPages = false
    /// Every tombstone carries `id` and `status` alone.
    var bareTombstones = false
}

extension CalendarStore {
    /// One page of `events.list`.
    func list(_ query: EventQuery, now: Moment, mood: ListingMood) throws(GoogleRefusal) -> JSONValue {
        if let token = query.syncToken, token.change < oldestSyncChange { throw .fullSyncRequired }
        let snapshot = query.pageToken?.snapshot ?? lastChange
        // Endless series end here; nobody lists further ahead.
        let horizon = query.timeMax ?? now.adding(seconds: 3 * 366 * 86_400)
        var found: [(key: String, event: StoredEvent)] = []
        for event in events.values where isWanted(event, query) {
            let expanded = query.singleEvents && event.isRecurring
            for single in expanded ? regularInstances(of: event, from: query.timeMin, before: horizon) : [event]
            where isInside(single, query, expanded: query.singleEvents) && matches(single, query) {
                found.append((sortKey(single, query), single))
            }
        }
        found.sort { $0.key < $1.key }
        let rest = found.drop { $0.key <= query.pageToken?.after ?? "" }
        var body = header
        let page = mood.emptyPages && query.pageToken?.wasEmpty != true ? [] : rest.prefix(min(query.maxResults, mood.pageLimit ?? .max))
        body["items"] = .array(page.map { item($0.event, query, mood) })
        if page.count < rest.count || (mood.emptyPages && query.pageToken?.wasEmpty != true && !rest.isEmpty) {
            let after = page.last?.key ?? query.pageToken?.after ?? ""
            body["nextPageToken"] = .string(
                PageToken(snapshot: snapshot, after: after, since: query.syncToken?.change, shape: query.shape, wasEmpty: page.isEmpty).text
            )
        } else if query.updatedMin == nil, query.search == nil, query.orderBy == nil, query.iCalUID == nil, query.privateProperties.isEmpty,
            query.sharedProperties.isEmpty
        {
            body["nextSyncToken"] = .string(SyncToken(calendar: id, change: snapshot, isSingleEvents: query.singleEvents).text)
        }
        return .object(body)
    }

    /// One page of `events.instances`.
    func listInstances(of masterID: String, _ query: EventQuery, mood: ListingMood) throws(GoogleRefusal) -> JSONValue {
        guard let master = events[masterID] else { throw .notFound }
        guard master.isRecurring else { throw .invalid("Invalid resource id value: not a recurring event.") }
        let instances = instances(of: masterID, from: query.timeMin, before: query.timeMax).filter {
            (query.showDeleted || !$0.isCancelled) && isInside($0, query, expanded: true) && isOriginal($0, query)
        }
        let keyed = instances.map { (key: sortKey($0, query, byStart: true), event: $0) }.sorted { $0.key < $1.key }
        let rest = keyed.drop { $0.key <= query.pageToken?.after ?? "" }
        let page = rest.prefix(min(query.maxResults, mood.pageLimit ?? .max))
        var body = header
        body["items"] = .array(page.map { item($0.event, query, mood) })
        if page.count < rest.count, let last = page.last {
            body["nextPageToken"] = .string(PageToken(snapshot: lastChange, after: last.key, since: nil, shape: query.shape).text)
        }
        return .object(body)
    }

    private var header: Fields {
        var body = fields.filter { ["summary", "description", "timeZone"].contains($0.key) }
        body["kind"] = "calendar#events"
        body["etag"] = .string("\"p\(digits(lastChange, 8))\"")
        body["accessRole"] = "owner"
        body["defaultReminders"] = .array([])
        return body
    }

    private func isWanted(_ event: StoredEvent, _ query: EventQuery) -> Bool {
        if let since = query.syncToken?.change { return event.change > since }
        if event.isForgotten { return false }
        guard event.isCancelled, !query.showDeleted else { return true }
        // A cancelled occurrence belongs to its series' shape and is listed with it.
        return !query.singleEvents && event.master.flatMap { events[$0] }?.isCancelled == false
    }

    private func regularInstances(of master: StoredEvent, from: Moment?, before horizon: Moment) -> [StoredEvent] {
        let id = master.fields["id"]?.stringValue ?? ""
        return occurrences(of: master, from: from, before: horizon).filter { exception(of: id, at: $0) == nil }
            .map { occurrence(of: master, at: $0) }
    }

    private func isInside(_ event: StoredEvent, _ query: EventQuery, expanded: Bool) -> Bool {
        guard query.timeMin != nil || query.timeMax != nil else { return true }
        if event.isRecurring, !expanded { return !occurrences(of: event, from: query.timeMin, before: query.timeMax).isEmpty }
        guard let times = EventTimes(event.fields, calendarZone: zone) else { return false }
        return (query.timeMin.map { times.end > $0 } ?? true) && (query.timeMax.map { times.start < $0 } ?? true)
    }

    /// `originalStart`: where the occurrence stood before anybody moved it.
    private func isOriginal(_ event: StoredEvent, _ query: EventQuery) -> Bool {
        guard let wanted = query.originalStart else { return true }
        let original = event.fields["originalStartTime"]
        if let date = original?["date"]?.stringValue { return date == wanted }
        return original?["dateTime"]?.stringValue.flatMap(Moment.init(rfc3339:)) == Moment(rfc3339: wanted)
    }

    private func matches(_ event: StoredEvent, _ query: EventQuery) -> Bool {
        let fields = event.fields
        if let uid = query.iCalUID, fields["iCalUID"]?.stringValue != uid { return false }
        if let least = query.updatedMin, let updated = fields["updated"]?.stringValue.flatMap(Moment.init(rfc3339:)), updated < least {
            return false
        }
        if !query.eventTypes.isEmpty, !query.eventTypes.contains(fields["eventType"]?.stringValue ?? "default") { return false }
        if let search = query.search {
            let texts = ["summary", "description", "location"].compactMap { fields[$0]?.stringValue?.lowercased() }
            if !texts.contains(where: { $0.contains(search) }) { return false }
        }
        return query.privateProperties.allSatisfy { fields["extendedProperties"]?["private"]?[$0.key]?.stringValue == $0.value }
            && query.sharedProperties.allSatisfy { fields["extendedProperties"]?["shared"]?[$0.key]?.stringValue == $0.value }
    }

    private func sortKey(_ event: StoredEvent, _ query: EventQuery, byStart: Bool = false) -> String {
        let id = event.fields["id"]?.stringValue ?? ""
        if byStart || query.orderBy == "startTime" {
            return (EventTimes(event.fields, calendarZone: zone)?.start.rfc3339Milliseconds ?? "") + " " + id
        }
        return query.orderBy == "updated" ? (event.fields["updated"]?.stringValue ?? "") + " " + id : id
    }

    /// Google promises no more of a tombstone than its id, and of a cancelled occurrence its series and original time; and it has been seen to
    /// keep less than it promises.
    private func item(_ event: StoredEvent, _ query: EventQuery, _ mood: ListingMood) -> JSONValue {
        let whole = rendered(event, in: query.zone)
        guard event.isCancelled, case .object(let fields) = whole else { return whole }
        let id = fields["id"]?.stringValue ?? ""
        if mood.bareTombstones { return .object(fields.filter { ["id", "status"].contains($0.key) }) }
        let isBare = event.master != nil || id.utf8.reduce(0, { $0 + Int($1) }) % 3 == 0
        guard isBare else { return whole }
        return .object(fields.filter { ["kind", "etag", "id", "status", "recurringEventId", "originalStartTime"].contains($0.key) })
    }
}
