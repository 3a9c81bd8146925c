import Foundation
import JSON

/// All calendars of the account, as Google keeps them.
struct GoogleWorld: Sendable {
    /// What a user may do with a calendar, from nothing to everything.
    static let roles = ["none", "freeBusyReader", "reader", "writer", "owner"]

    /// The service account; every calendar made through the API is its own.
    var account: String
    var calendars: [CalendarStore] = []
    private var random: SeededRandom

    init(account: String, seed: UInt64) {
        self.account = account
        random = SeededRandom(seed: seed ^ 0xCA1E)
    }

    func index(_ id: String) throws(GoogleRefusal) -> Int {
        guard let index = calendars.firstIndex(where: { $0.id == id }) else { throw .notFound }
        return index
    }

    func calendar(_ id: String) throws(GoogleRefusal) -> CalendarStore { calendars[try index(id)] }

    /// The service account's role in a calendar.
    func role(_ calendar: CalendarStore) -> String {
        calendar.rules.first { $0["scope"]?["value"]?.stringValue == account }?["role"]?.stringValue ?? "none"
    }

    /// Refuses what the service account may not do: a calendar that it may not see at all is not there.
    func require(_ role: String, _ id: String) throws(GoogleRefusal) {
        let has = Self.roles.firstIndex(of: self.role(try calendar(id))) ?? 0
        guard has > 0 else { throw .notFound }
        guard has >= Self.roles.firstIndex(of: role) ?? 0 else { throw .forbidden }
    }

    /// A person gives the service account this role.
    mutating func setRole(_ role: String, _ index: Int, now: Moment) {
        calendars[index].rules.removeAll { $0["scope"]?["value"]?.stringValue == account }
        calendars[index].rules.append(Self.rule(role: role, type: "user", value: account, etag: CalendarStore.etag(now, 0)))
    }

    mutating func newID() -> String {
        let alphabet = Array("0123456789abcdefghijklmnopqrstuv")
        return String((0..<26).map { _ in random.pick(alphabet, else: "0") })
    }

    /// `calendars.insert`. The zone is UTC unless the body names one.
    mutating func insertCalendar(_ body: Fields, now: Moment) throws(GoogleRefusal) -> CalendarStore {
        guard case .string(let summary) = body["summary"], !summary.isEmpty else { throw .required("Missing summary.") }
        if let name = body["timeZone"] {
            guard let text = name.stringValue, EventChecks.zone(text) != nil else { throw .invalid("Invalid time zone value.") }
        }
        let id = "c_" + (newID() + newID()) + "@group.calendar.google.com"
        var fields = body.filter { ["summary", "description", "location", "timeZone"].contains($0.key) && !$0.value.isNull }
        fields["timeZone"] = fields["timeZone"] ?? "UTC"
        fields["id"] = .string(id)
        fields["kind"] = "calendar#calendar"
        fields["etag"] = .string(CalendarStore.etag(now, calendars.count))
        var store = CalendarStore(id: id, fields: fields)
        store.rules = [Self.rule(role: "owner", type: "user", value: account, etag: CalendarStore.etag(now, 0))]
        calendars.append(store)
        return store
    }

    private static func rule(role: String, type: String, value: String?, etag: String) -> Fields {
        var scope: Fields = ["type": .string(type)]
        if let value { scope["value"] = .string(value) }
        return [
            "kind": "calendar#aclRule", "etag": .string(etag), "id": .string(value.map { type + ":" + $0 } ?? type), "role": .string(role),
            "scope": .object(scope),
        ]
    }

    /// `acl.insert`: a rule for a scope that has one replaces it.
    mutating func insertRule(_ calendar: String, _ body: Fields, now: Moment) throws(GoogleRefusal) -> Fields {
        let index = try index(calendar)
        guard let role = body["role"]?.stringValue else { throw .required("Missing role.") }
        guard Self.roles.contains(role) else { throw .invalid("Invalid role value.") }
        guard let type = body["scope"]?["type"]?.stringValue else { throw .required("Missing scope type.") }
        guard ["default", "user", "group", "domain"].contains(type) else { throw .invalid("Invalid scope type value.") }
        let value = body["scope"]?["value"]?.stringValue
        guard type == "default" || value?.isEmpty == false else { throw .required("Missing scope value.") }
        if type == "user" || type == "group", value?.contains("@") != true { throw .invalid("Invalid scope value.") }
        let rule = Self.rule(
            role: role, type: type, value: type == "default" ? nil : value, etag: CalendarStore.etag(now, calendars[index].rules.count))
        calendars[index].rules.removeAll { $0["id"] == rule["id"] }
        calendars[index].rules.append(rule)
        return rule
    }

    /// One page of `calendarList.list`.
    func listCalendars(maxResults: Int, pageToken: String?) throws(GoogleRefusal) -> JSONValue {
        let start = try pageToken.map { text throws(GoogleRefusal) in
            guard let number = Int(text), number >= 0 else { throw .badRequest("Invalid page token value.") }
            return number
        }
        let listed = calendars.filter { role($0) != "none" }
        let page = listed.dropFirst(start ?? 0).prefix(maxResults)
        var body: Fields = [
            "kind": "calendar#calendarList", "etag": .string("\"p\(calendars.count)\""),
            "items": .array(page.map { .object(listEntry($0)) }),
        ]
        let next = (start ?? 0) + page.count
        body[next < listed.count ? "nextPageToken" : "nextSyncToken"] = .string(String(next))
        return .object(body)
    }

    func listEntry(_ calendar: CalendarStore) -> Fields {
        var entry = calendar.fields
        entry["kind"] = "calendar#calendarListEntry"
        entry["accessRole"] = .string(role(calendar))
        entry["defaultReminders"] = .array([])
        entry["colorId"] = "1"
        entry["backgroundColor"] = "#ac725e"
        entry["foregroundColor"] = "#1d1d1d"
        entry["selected"] = true
        entry["conferenceProperties"] = .object(["allowedConferenceSolutionTypes": .array(["hangoutsMeet"])])
        return entry
    }

    /// What tests look at: everything, cancelled events too.
    var snapshot: JSONValue {
        .object([
            "calendars": .array(
                calendars.map { calendar in
                    .object([
                        "id": .string(calendar.id), "summary": .string(calendar.summary), "timeZone": calendar.fields["timeZone"] ?? .null,
                        "acl": .array(calendar.rules.map { .object($0) }),
                        "events": .array(
                            calendar.events.sorted { $0.value.change < $1.value.change }.map { calendar.rendered($0.value) }),
                    ])
                })
        ])
    }
}
