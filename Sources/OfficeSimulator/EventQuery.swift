import Foundation
import JSON

/// The parameters of `events.list` and `events.instances`, checked.
struct EventQuery: Sendable {
    var maxResults = 250
    var pageToken: PageToken?
    var syncToken: SyncToken?
    var timeMin: Moment?
    var timeMax: Moment?
    var updatedMin: Moment?
    var showDeleted = false
    var singleEvents = false
    var orderBy: String?
    var search: String?
    var iCalUID: String?
    var originalStart: String?
    var eventTypes: [String] = []
    var privateProperties: [(key: String, value: String)] = []
    var sharedProperties: [(key: String, value: String)] = []
    var zone: TimeZone?
    /// What must be the same on every page and with every sync token of one listing.
    var shape = ""

    /// Not to be combined with a sync token.
    static let refusedWithSyncToken = [
        "iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax", "updatedMin",
    ]

    init(_ query: [(name: String, value: String)], calendar: String) throws(GoogleRefusal) {
        for (name, value) in query {
            switch name {
            case "maxResults":
                guard let number = Int(value), number >= 1 else { throw .invalid("Invalid value '\(value)' for maxResults: 1 or more.") }
                maxResults = min(number, 2500)
            case "timeMin": timeMin = try Self.moment(value, name)
            case "timeMax": timeMax = try Self.moment(value, name)
            case "updatedMin": updatedMin = try Self.moment(value, name)
            case "showDeleted": showDeleted = try Self.flag(value, name)
            case "singleEvents": singleEvents = try Self.flag(value, name)
            case "orderBy":
                guard ["startTime", "updated"].contains(value) else { throw .invalid("Invalid value for orderBy.") }
                orderBy = value
            case "q": search = value.lowercased()
            case "iCalUID": iCalUID = value
            case "originalStart":
                guard CivilDay(iso: value) != nil || Moment(rfc3339: value) != nil else {
                    throw .invalid("Invalid value for originalStart.")
                }
                originalStart = value
            case "eventTypes": eventTypes.append(value)
            case "privateExtendedProperty": privateProperties.append(try Self.property(value))
            case "sharedExtendedProperty": sharedProperties.append(try Self.property(value))
            case "timeZone":
                guard let zone = EventChecks.zone(value) else { throw .invalid("Invalid time zone.") }
                self.zone = zone
            default: break
            }
        }
        if let timeMin, let timeMax, timeMin >= timeMax { throw .timeRangeEmpty }
        if orderBy == "startTime", !singleEvents { throw .badRequest("The requested ordering is not available for the particular query.") }
        let steady = query.filter {
            !["maxResults", "pageToken", "syncToken", "quotaUser", "fields", "prettyPrint", "alt", "key"].contains($0.name)
        }
        shape = steady.map { "\($0.name)=\($0.value)" }.sorted().joined(separator: "&")
        if let text = query.first(where: { $0.name == "syncToken" })?.value {
            if let name = query.first(where: { Self.refusedWithSyncToken.contains($0.name) })?.name {
                throw .badRequest("Sync token cannot be used with parameter \(name).")
            }
            if query.contains(where: { $0.name == "showDeleted" && $0.value == "false" }) {
                throw .badRequest("Deleted events cannot be left out when a sync token is given.")
            }
            guard let token = SyncToken(text), token.calendar == calendar else { throw .fullSyncRequired }
            guard token.isSingleEvents == singleEvents else {
                throw .badRequest("singleEvents must be what it was in the initial synchronization.")
            }
            syncToken = token
            showDeleted = true
        }
        if let text = query.first(where: { $0.name == "pageToken" })?.value {
            guard let token = PageToken(text), token.shape == shape, token.since == syncToken?.change else {
                throw .badRequest("Invalid page token value.")
            }
            pageToken = token
        }
    }

    private static func moment(_ text: String, _ name: String) throws(GoogleRefusal) -> Moment {
        guard let moment = Moment(rfc3339: text) else { throw .badRequest("Bad Request: \(name) must be RFC 3339 with a zone.") }
        return moment
    }

    private static func flag(_ text: String, _ name: String) throws(GoogleRefusal) -> Bool {
        guard text == "true" || text == "false" else { throw .invalid("Invalid boolean value for \(name).") }
        return text == "true"
    }

    private static func property(_ text: String) throws(GoogleRefusal) -> (key: String, value: String) {
        guard let equals = text.firstIndex(of: "=") else { throw .invalid("Invalid extended property filter: propertyName=value.") }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }
}

/// Where the next page begins. Opaque to callers: base64, with the characters that have to be percent-encoded.
struct PageToken: Sendable, Codable, Hashable {
    /// The listing's own moment: what changes later is the next sync's business.
    var snapshot: Int
    /// The sort key of the last event shown.
    var after: String
    var since: Int?
    var shape: String
    /// An empty page was the last one.
    var wasEmpty = false
}

/// What the caller has seen so far.
struct SyncToken: Sendable, Codable, Hashable {
    var calendar: String
    var change: Int
    var isSingleEvents: Bool
}

extension PageToken {
    var text: String { opaque(self) }
    init?(_ text: String) {
        guard let value = transparent(text, as: PageToken.self) else { return nil }
        self = value
    }
}

extension SyncToken {
    var text: String { opaque(self) }
    init?(_ text: String) {
        guard let value = transparent(text, as: SyncToken.self) else { return nil }
        self = value
    }
}

private func opaque(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return ((try? encoder.encode(value)) ?? Data()).base64EncodedString()
}

private func transparent<Value: Decodable>(_ text: String, as type: Value.Type) -> Value? {
    Data(base64Encoded: text).flatMap { try? JSONDecoder().decode(type, from: $0) }
}
