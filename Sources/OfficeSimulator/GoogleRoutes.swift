import Foundation
import JSON

/// Google Calendar v3, under `/calendar/v3`.
extension Simulator {
    func googleAnswer(_ request: WireRequest, _ strikes: Strikes) -> WireAnswer {
        do throws(GoogleRefusal) {
            try quotas.take(request.parameter("quotaUser"), at: Self.realNow)
            try strike(strikes, request)
            guard logins.isGoogleToken(request.bearer, now: now) else { throw .authError }
            guard request.segments.dropFirst().first == "v3",
                let (method, values) = GoogleMethod.find(request.method, Array(request.segments.dropFirst(2)))
            else { return .text("Not Found", status: 404, type: "text/html; charset=UTF-8") }
            let body = try body(request, method, strikes)
            return try serve(method.name, values, body, request, strikes)
        } catch {
            return refused(error)
        }
    }

    /// The refusals that can be switched on.
    private func strike(_ strikes: Strikes, _ request: WireRequest) throws(GoogleRefusal) {
        if strikes.has(.unauthorized) { logins.revokeGoogle() }
        if let fault = strikes[.tooMany429] {
            throw GoogleRefusal(
                status: 429, reason: "rateLimitExceeded", message: "Too Many Requests", domain: "usageLimits",
                retryAfter: 1
            ).waiting(as: fault)
        }
        let refusals: [(Weakness, GoogleRefusal)] = [
            (.rateLimit403, .rateLimit), (.userRateLimit403, .userRateLimit), (.quota403, .quota), (.forbidden403, .forbidden),
            (.insufficientPermissions403, .insufficientPermissions), (.invalid400, .invalid("Bad Request")), (.calendarLimit, .quota),
            (.notFound, .notFound), (.conflict, .duplicate), (.precondition412, .preconditionFailed),
        ]
        for (weakness, refusal) in refusals {
            guard let fault = strikes[weakness] else { continue }
            throw refusal.waiting(as: fault)
        }
        guard strikes.has(.gone410) else { return }
        if request.method == "DELETE" { throw .deleted }
        if request.segments.count > 3, let index = try? google.index(request.segments[3]) { google.calendars[index].forget() }
        throw .fullSyncRequired
    }

    private func body(_ request: WireRequest, _ method: GoogleMethod, _ strikes: Strikes) throws(GoogleRefusal) -> Fields {
        guard method.bodyFields != nil else { return [:] }
        guard case .object(var fields) = request.json else {
            throw GoogleRefusal(status: 400, reason: "parseError", message: "Parse Error")
        }
        for name in ["summary", "description", "location"] {
            guard case .string(let text) = fields[name] else { continue }
            fields[name] = .string(strikes.stored(text))
        }
        for name in ["start", "end"] where strikes.has(.zoneAlias) && fields[name]?["timeZone"] == "Europe/Berlin" {
            guard var moment = fields[name]?.objectValue else { continue }
            moment["timeZone"] = "Arctic/Longyearbyen"
            fields[name] = .object(moment)
        }
        return fields
    }

    private func serve(
        _ name: String, _ values: [String], _ body: Fields, _ request: WireRequest, _ strikes: Strikes
    ) throws(GoogleRefusal) -> WireAnswer {
        if let id = values.first { try google.require(Self.roleNeeded(name), id) }
        switch name {
        case "calendarList.list":
            var maxResults = 100
            if let text = request.parameter("maxResults") {
                guard let number = Int(text), number >= 1 else { throw .invalid("Invalid value '\(text)' for maxResults: 1 to 250.") }
                maxResults = min(number, 250)
            }
            let limit = strikes.has(.shortPages) ? 2 : maxResults
            return .json(try google.listCalendars(maxResults: min(limit, maxResults), pageToken: request.parameter("pageToken")))
        case "calendarList.get": return resource(.object(google.listEntry(try google.calendar(values[0]))))
        case "calendars.insert": return resource(.object(try google.insertCalendar(body, now: now).fields))
        case "calendars.get": return resource(.object(try google.calendar(values[0]).fields))
        case "calendars.delete":
            google.calendars.remove(at: try google.index(values[0]))
            return WireAnswer(status: 204)
        case "acl.list":
            let rules = try google.calendar(values[0]).rules
            return .json(.object(["kind": "calendar#acl", "items": .array(rules.map { .object($0) }), "nextSyncToken": "0"]))
        case "acl.insert": return resource(.object(try google.insertRule(values[0], body, now: now)))
        default: return try serveEvent(name, try google.index(values[0]), values.count > 1 ? values[1] : "", body, request, strikes)
        }
    }

    private static func roleNeeded(_ method: String) -> String {
        switch method {
        case "calendarList.get", "calendars.get": "freeBusyReader"
        case "events.list", "events.get", "events.instances": "reader"
        case "events.insert", "events.patch", "events.update", "events.delete": "writer"
        default: "owner"
        }
    }

    private func serveEvent(
        _ name: String, _ index: Int, _ id: String, _ body: Fields, _ request: WireRequest, _ strikes: Strikes
    ) throws(GoogleRefusal) -> WireAnswer {
        let ifMatch = request.headers["if-match"]
        switch name {
        case "events.insert":
            let event = try google.calendars[index].insert(body, newID: google.newID(), creator: google.account, now: now, by: .api)
            return resource(google.calendars[index].rendered(event))
        case "events.patch":
            let event = try google.calendars[index].patch(id, body, ifMatch: ifMatch, now: now, by: .api)
            return resource(google.calendars[index].rendered(event))
        case "events.update":
            let event = try google.calendars[index].update(id, body, ifMatch: ifMatch, now: now)
            return resource(google.calendars[index].rendered(event))
        case "events.delete":
            try google.calendars[index].delete(id, ifMatch: ifMatch, now: now)
            return WireAnswer(status: 204)
        default: return try readEvent(name, google.calendars[index], id, request, strikes)
        }
    }

    private func readEvent(
        _ name: String, _ calendar: CalendarStore, _ id: String, _ request: WireRequest, _ strikes: Strikes
    ) throws(GoogleRefusal) -> WireAnswer {
        switch name {
        case "events.list", "events.instances":
            let query = try EventQuery(request.query, calendar: calendar.id)
            let mood = ListingMood(
                pageLimit: strikes.has(.shortPages) ? 2 : nil, emptyPages: strikes.has(.emptyPages),
                bareTombstones: strikes.has(.bareTombstones))
            var list =
                name == "events.list"
                ? try calendar.list(query, now: now, mood: mood) : try calendar.listInstances(of: id, query, mood: mood)
            if strikes.has(.itemWithoutID), case .object(var fields) = list, case .array(var items) = fields["items"] {
                items.append(.object(["kind": "calendar#event", "status": "confirmed"]))
                fields["items"] = .array(items)
                list = .object(fields)
            }
            if strikes.has(.noSyncToken), case .object(let fields) = list { list = .object(fields.filter { $0.key != "nextSyncToken" }) }
            return .json(list)
        default:
            guard let event = calendar.event(id) else { throw .notFound }
            var zone: TimeZone?
            if let name = request.parameter("timeZone") {
                guard let named = EventChecks.zone(name) else { throw .invalid("Invalid time zone.") }
                zone = named
            }
            return resource(calendar.rendered(event, in: zone))
        }
    }

    private func resource(_ value: JSONValue) -> WireAnswer {
        .json(value, headers: value["etag"]?.stringValue.map { [("ETag", $0)] } ?? [])
    }
}
