/// One call of Google's, as its discovery document describes it: what is not here is refused.
struct GoogleMethod: Sendable {
    var name: String
    var verb: String
    /// `*` stands for one segment.
    var path: [String]
    var parameters: Set<String> = []
    /// Top-level fields that the body may have; nil: no body.
    var bodyFields: Set<String>?

    /// The method for this request and the values of its path's stars; nil if Google has none (or this simulator does not play it).
    static func find(_ verb: String, _ segments: [String]) -> (method: GoogleMethod, values: [String])? {
        for method in all where method.verb == verb && method.path.count == segments.count {
            let pairs = zip(method.path, segments)
            if pairs.allSatisfy({ $0 == "*" || $0 == $1 }) { return (method, pairs.filter { $0.0 == "*" }.map(\.1)) }
        }
        return nil
    }

    /// What this request contains that the discovery document does not know.
    func violations(_ request: WireRequest) -> [String] {
        var found = request.query.map(\.name).filter { !parameters.contains($0) && !Self.common.contains($0) }
            .map { "\(name): unknown query parameter \($0)" }
        if case .object(let body) = request.json {
            let allowed = bodyFields ?? []
            found += body.keys.filter { !allowed.contains($0) }.sorted().map { "\(name): unknown body field \($0)" }
        }
        if bodyFields == nil, !request.body.isEmpty { found.append("\(name): takes no body") }
        return found
    }

    private static let common: Set = ["alt", "fields", "key", "oauth_token", "prettyPrint", "quotaUser", "userIp"]

    private static let event: Set = [
        "anyoneCanAddSelf", "attachments", "attendees", "attendeesOmitted", "birthdayProperties", "colorId", "conferenceData", "created",
        "creator",
        "description", "end", "endTimeUnspecified", "etag", "eventLabelId", "eventType", "extendedProperties", "focusTimeProperties",
        "gadget",
        "guestsCanInviteOthers", "guestsCanModify", "guestsCanSeeOtherGuests", "hangoutLink", "htmlLink", "iCalUID", "id", "kind",
        "location",
        "locked", "organizer", "originalStartTime", "outOfOfficeProperties", "privateCopy", "recurrence", "recurringEventId", "reminders",
        "sequence", "source", "start", "status", "summary", "transparency", "updated", "visibility", "workingLocationProperties",
    ]
    private static let calendar: Set = [
        "autoAcceptInvitations", "conferenceProperties", "dataOwner", "description", "etag", "id", "kind", "labelProperties", "location",
        "summary", "timeZone", "workingHours",
    ]
    private static let rule: Set = ["etag", "id", "kind", "role", "scope"]
    private static let notices: Set = ["sendNotifications", "sendUpdates"]
    private static let writing: Set = ["conferenceDataVersion", "eventLabelVersion", "maxAttendees", "supportsAttachments"]

    private static let all: [GoogleMethod] = [
        GoogleMethod(
            name: "calendarList.list", verb: "GET", path: ["users", "me", "calendarList"],
            parameters: ["maxResults", "minAccessRole", "pageToken", "showDeleted", "showHidden", "showOwnOrganizationOnly", "syncToken"]),
        GoogleMethod(name: "calendarList.get", verb: "GET", path: ["users", "me", "calendarList", "*"]),
        GoogleMethod(name: "calendars.insert", verb: "POST", path: ["calendars"], bodyFields: calendar),
        GoogleMethod(name: "calendars.get", verb: "GET", path: ["calendars", "*"]),
        GoogleMethod(name: "calendars.delete", verb: "DELETE", path: ["calendars", "*"]),
        GoogleMethod(
            name: "acl.list", verb: "GET", path: ["calendars", "*", "acl"],
            parameters: ["maxResults", "pageToken", "showDeleted", "syncToken"]),
        GoogleMethod(
            name: "acl.insert", verb: "POST", path: ["calendars", "*", "acl"], parameters: ["sendNotifications"], bodyFields: rule),
        GoogleMethod(
            name: "events.list", verb: "GET", path: ["calendars", "*", "events"],
            parameters: [
                "alwaysIncludeEmail", "eventTypes", "iCalUID", "maxAttendees", "maxResults", "orderBy", "pageToken",
                "privateExtendedProperty", "q",
                "sharedExtendedProperty", "showDeleted", "showHiddenInvitations", "singleEvents", "syncToken", "timeMax", "timeMin",
                "timeZone",
                "updatedMin",
            ]),
        GoogleMethod(
            name: "events.insert", verb: "POST", path: ["calendars", "*", "events"], parameters: notices.union(writing), bodyFields: event),
        GoogleMethod(
            name: "events.get", verb: "GET", path: ["calendars", "*", "events", "*"],
            parameters: ["alwaysIncludeEmail", "maxAttendees", "timeZone"]),
        GoogleMethod(
            name: "events.patch", verb: "PATCH", path: ["calendars", "*", "events", "*"],
            parameters: notices.union(writing).union(["alwaysIncludeEmail"]), bodyFields: event),
        GoogleMethod(
            name: "events.update", verb: "PUT", path: ["calendars", "*", "events", "*"],
            parameters: notices.union(writing).union(["alwaysIncludeEmail"]), bodyFields: event),
        GoogleMethod(name: "events.delete", verb: "DELETE", path: ["calendars", "*", "events", "*"], parameters: notices),
        GoogleMethod(
            name: "events.instances", verb: "GET", path: ["calendars", "*", "events", "*", "instances"],
            parameters: [
                "alwaysIncludeEmail", "maxAttendees", "maxResults", "originalStart", "pageToken", "showDeleted", "timeMax", "timeMin",
                "timeZone",
            ]),
    ]
}
