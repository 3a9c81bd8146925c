public import Appointments
public import HTTP
public import JSON

/// A complete reading of events.
public struct EventList: Sendable, Hashable {
    /// The events, cancelled ones too, each id once, in its newest state.
    public let events: [Event]
    /// The token for the next incremental reading; nil if Google gave none.
    public let nextSyncToken: String?
    /// How many entries have no id.
    public let unidentifiable: Int

    /// A list; also for fakes in tests.
    public init(events: [Event], nextSyncToken: String? = nil, unidentifiable: Int = 0) {
        self.events = events
        self.nextSyncToken = nextSyncToken
        self.unidentifiable = unidentifiable
    }

    init(items: [JSONView], nextSyncToken: String?) {
        // An event that changes while the pages are read may come twice: the later page holds the newer state.
        var places: [String: Int] = [:]
        var events: [Event] = []
        var unidentifiable = 0
        for item in items {
            let event = Event(item)
            guard let id = event.id else {
                unidentifiable += 1
                continue
            }
            if let place = places[id] {
                events[place] = event
            } else {
                places[id] = events.count
                events.append(event)
            }
        }
        self.init(events: events, nextSyncToken: nextSyncToken, unidentifiable: unidentifiable)
    }
}

extension GoogleClient {
    /// The operation that lists a calendar's events.
    public static let listing = "events.list"

    /// The events of a calendar, series as masters and exceptions, tombstones included. All pages, or an error.
    ///
    /// - Parameters:
    ///   - syncToken: from the last reading: only what changed since. `timeMin` is then not sent, because Google refuses both together.
    ///   - timeMin: only events that end after it.
    /// - Throws: `gone` if the sync token is no longer valid: drop it and read everything.
    public func events(
        calendar: String, syncToken: String? = nil, timeMin: Instant? = nil, quotaUser: String
    ) async throws(GoogleError) -> EventList {
        let url = eventsURL(calendar).query("maxResults", "2500").query("singleEvents", "false").query("showDeleted", "true")
            .query("syncToken", syncToken).query("timeMin", syncToken == nil ? timeMin?.description : nil)
        do {
            let (items, last) = try await pages(Self.listing, url, quotaUser: quotaUser)
            return EventList(items: items, nextSyncToken: last["nextSyncToken"]?.stringValue)
        } catch  where error.status == 400 && syncToken != nil {
            // A token that Google cannot even read is as useless as an old one, and reading everything fixes both.
            throw GoogleError(.gone, operation: Self.listing, status: error.status, reason: error.reason)
        }
    }

    /// The occurrences of a series, moved and cancelled ones included. All pages, or an error.
    ///
    /// - Parameters:
    ///   - timeMin: only occurrences that end after it.
    ///   - timeMax: only occurrences that start before it.
    public func instances(
        calendar: String, id: String, timeMin: Instant? = nil, timeMax: Instant? = nil, quotaUser: String
    ) async throws(GoogleError) -> EventList {
        let url = eventsURL(calendar).path(id, "instances").query("maxResults", "2500").query("showDeleted", "true")
            .query("timeMin", timeMin?.description).query("timeMax", timeMax?.description)
        return EventList(items: try await pages("events.instances", url, quotaUser: quotaUser).items, nextSyncToken: nil)
    }

    /// One event by its id, cancelled or not; nil if Google itself says 404 or 410.
    public func event(calendar: String, id: String, quotaUser: String) async throws(GoogleError) -> Event? {
        let call = call("events.get", .get, eventsURL(calendar).path(id), quotaUser: quotaUser)
        do {
            return try await sender.send(call) { Self.event($0, id: id) }
        } catch  where error.code == .notFound || error.code == .gone {
            return nil
        }
    }

    /// Makes an event under an id of ours.
    ///
    /// - Parameters:
    ///   - id: 5 to 1024 characters of `a-v0-9`, never used in this calendar before.
    ///   - permit: asked immediately before sending, also before a repetition.
    /// - Returns: the event as Google stored it.
    /// - Throws: `duplicate` if the id is used, be it by an earlier try of this very call.
    public func insert(
        calendar: String, id: String, fields: [String: JSONValue], quotaUser: String, permit: SendingPermit? = nil
    ) async throws(GoogleError) -> Event {
        var body = fields
        body["id"] = .string(id)
        let call = call(
            "events.insert", .post, silently(eventsURL(calendar)), quotaUser: quotaUser, body: .object(body),
            permit: permit)
        return try await sender.send(call) { Self.event($0, id: id) }
    }

    /// Changes the given fields of an event; `null` removes one, everything else stays.
    ///
    /// - Parameters:
    ///   - etag: what the event must still have; nil changes it unseen.
    ///   - permit: asked immediately before sending, also before a repetition.
    /// - Returns: the event as Google stored it.
    /// - Throws: `preconditionFailed` if the etag is another, be it because of an earlier try of this very call.
    public func patch(
        calendar: String, id: String, fields: [String: JSONValue], ifMatch etag: String?, quotaUser: String, permit: SendingPermit? = nil
    ) async throws(GoogleError) -> Event {
        let call = call(
            "events.patch", .patch, silently(eventsURL(calendar).path(id)), quotaUser: quotaUser,
            body: .object(fields), ifMatch: etag, permit: permit)
        return try await sender.send(call) { Self.event($0, id: id) }
    }

    /// Deletes an event.
    ///
    /// - Parameters:
    ///   - etag: what the event must still have; nil deletes it unseen.
    ///   - permit: asked immediately before sending, also before a repetition.
    /// - Throws: `notFound` or `gone` if it does not exist any more, be it because of an earlier try of this very call;
    ///   `preconditionFailed` if the etag is another.
    public func delete(
        calendar: String, id: String, ifMatch etag: String?, quotaUser: String, permit: SendingPermit? = nil
    ) async throws(GoogleError) {
        let call = call(
            "events.delete", .delete, silently(eventsURL(calendar).path(id)), quotaUser: quotaUser, ifMatch: etag,
            permit: permit)
        // No body is due; a page of HTML is not Google's.
        try await sender.send(call) { $0.isHTML ? nil : () }
    }

    // MARK: Parts

    private func eventsURL(_ calendar: String) -> URLBuilder {
        base.path("calendars", calendar, "events")
    }

    /// Nobody gets a mail about what we write.
    private func silently(_ url: URLBuilder) -> URLBuilder {
        url.query("sendUpdates", "none")
    }

    private static func event(_ response: HTTPResponse, id: String) -> Event? {
        guard let answer = try? JSONView(parsing: response.body), answer["id"]?.stringValue == id else { return nil }
        return Event(answer)
    }
}
