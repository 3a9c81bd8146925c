public import HTTP
import JSON

/// A calendar.
public struct CalendarEntry: Sendable, Hashable {
    /// Google's id.
    public let id: String
    /// The calendar's name, trimmed.
    public let summary: String
    /// Our right: `owner`, `writer`, `reader`, `freeBusyReader`; nil where Google does not say it.
    public let accessRole: String?

    /// Whether we may write to it, as far as Google says.
    public var isWritable: Bool { accessRole.map { $0 == "owner" || $0 == "writer" } ?? true }

    /// An entry; also for fakes in tests.
    public init(id: String, summary: String, accessRole: String? = nil) {
        self.id = id
        self.summary = summary
        self.accessRole = accessRole
    }

    init?(_ resource: JSONValue) {
        guard let id = resource["id"]?.stringValue, !id.isEmpty, resource["deleted"]?.boolValue != true else { return nil }
        self.id = id
        summary = String((resource["summary"]?.stringValue ?? "").trimmed)
        accessRole = resource["accessRole"]?.stringValue
    }
}

/// Who may do what with a calendar.
public struct AccessRule: Sendable, Hashable {
    /// `owner`, `writer`, `reader`, `freeBusyReader`, `none`.
    public let role: String
    /// `user`, `group`, `domain`, `default`.
    public let scopeType: String
    /// The user's address, for example; "" for `default`.
    public let scopeValue: String

    /// A rule; also for fakes in tests.
    public init(role: String, scopeType: String, scopeValue: String) {
        self.role = role
        self.scopeType = scopeType
        self.scopeValue = scopeValue
    }
}

extension GoogleClient {
    /// All calendars in our list, hidden ones too.
    public func calendars(quotaUser: String) async throws(GoogleError) -> [CalendarEntry] {
        let url = base.path("users", "me", "calendarList").query("maxResults", "250").query("showHidden", "true")
        return try await pages("calendarList.list", url, quotaUser: quotaUser).items.compactMap { CalendarEntry($0.value) }
    }

    /// The ids of the calendars in our list with exactly this name, white space around it aside, that we may write to, in the list's order.
    public func findCalendars(named name: String, quotaUser: String) async throws(GoogleError) -> [String] {
        try await calendars(quotaUser: quotaUser).filter { $0.summary == name.trimmed && $0.isWritable }.map(\.id)
    }

    /// Makes a calendar in Berlin's time zone. Never repeated once it may have been made.
    ///
    /// - Parameter permit: asked immediately before sending, also before a repetition.
    /// - Returns: its id.
    /// - Throws: `calendarLimit` at once if Google allows no more for now.
    public func insertCalendar(named name: String, quotaUser: String, permit: SendingPermit? = nil) async throws(GoogleError) -> String {
        let call = call(
            Self.calendarCreation, .post, base.path("calendars"), quotaUser: quotaUser,
            body: ["summary": .string(name), "timeZone": "Europe/Berlin"], permit: permit)
        return try await sender.send(call) { Self.object($0).flatMap(CalendarEntry.init)?.id }
    }

    /// All access rules of a calendar.
    public func accessRules(calendar: String, quotaUser: String) async throws(GoogleError) -> [AccessRule] {
        let url = base.path("calendars", calendar, "acl").query("maxResults", "250")
        return try await pages("acl.list", url, quotaUser: quotaUser).items.compactMap { rule in
            guard let role = rule["role"]?.stringValue, let type = rule["scope"]?["type"]?.stringValue else { return nil }
            return AccessRule(role: role, scopeType: type, scopeValue: rule["scope"]?["value"]?.stringValue ?? "")
        }
    }

    /// Whether a calendar is shared with this user as its owner.
    public func isOwner(_ email: String, of calendar: String, quotaUser: String) async throws(GoogleError) -> Bool {
        try await accessRules(calendar: calendar, quotaUser: quotaUser).contains {
            $0.role == "owner" && $0.scopeType == "user" && $0.scopeValue.lowercased() == email.lowercased()
        }
    }

    /// Makes a user owner of a calendar, without a mail to the user. Doing it twice does no more than once.
    ///
    /// - Parameter permit: asked immediately before sending, also before a repetition.
    public func addOwner(
        _ email: String, to calendar: String, quotaUser: String, permit: SendingPermit? = nil
    ) async throws(GoogleError) {
        let call = call(
            "acl.insert", .post, base.path("calendars", calendar, "acl").query("sendNotifications", "false"), quotaUser: quotaUser,
            body: ["role": "owner", "scope": ["type": "user", "value": .string(email)]], permit: permit)
        try await sender.send(call) { Self.object($0).map { _ in () } }
    }
}
