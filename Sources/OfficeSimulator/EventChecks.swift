import Foundation
import JSON

/// What Google demands of an event before it stores it, and the shape in which it does.
enum EventChecks {
    /// Fields that only Google sets: sent ones are ignored, as by the original.
    static let readOnly: Set<String> = [
        "kind", "etag", "htmlLink", "created", "updated", "creator", "organizer", "hangoutLink", "privateCopy", "locked",
        "recurringEventId",
        "originalStartTime", "attendeesOmitted", "endTimeUnspecified",
    ]

    private static let choices: [String: Set<String>] = [
        "visibility": ["default", "public", "private", "confidential"],
        "transparency": ["opaque", "transparent"],
        "status": ["confirmed", "tentative", "cancelled"],
        "eventType": ["default", "outOfOffice", "focusTime", "workingLocation", "birthday", "fromGmail"],
    ]
    private static let texts: Set<String> = ["summary", "description", "location", "colorId", "id", "iCalUID"]

    /// The event as stored: times in UTC with their zone, no nulls, no empty strings, no empty lists of recurrence.
    static func normalized(_ event: Fields, calendarZone: TimeZone) throws(GoogleRefusal) -> Fields {
        var fields = event.filter { !$0.value.isNull && $0.value != .string("") && $0.value != .array([]) }
        for name in texts where fields[name] != nil {
            guard case .string = fields[name] else { throw .invalid("Invalid value for: \(name) is not a string") }
        }
        for (name, allowed) in choices {
            guard let value = fields[name] else { continue }
            guard let text = value.stringValue, allowed.contains(text) else { throw .invalid("Invalid value for: \(name)") }
        }
        for name in ["start", "end"] { fields[name] = try time(fields[name], name: name, calendarZone: calendarZone) }
        guard let times = EventTimes(fields, calendarZone: calendarZone) else {
            throw .invalid("Start and end times must either both be date or both be dateTime.")
        }
        guard times.isAllDay ? times.start < times.end : times.start <= times.end else { throw .timeRangeEmpty }
        try checkRecurrence(fields, event: event, times: times, calendarZone: calendarZone)
        try checkExtendedProperties(fields["extendedProperties"])
        return fields
    }

    /// 5 to 1024 characters of `a`–`v` and `0`–`9`.
    static func isValidID(_ id: String) -> Bool {
        (5...1024).contains(id.utf8.count) && id.utf8.allSatisfy { (48...57).contains($0) || (97...118).contains($0) }
    }

    /// A zone by a name of the IANA database; Foundation alone would also take `GMT+1` and abbreviations.
    static func zone(_ name: String) -> TimeZone? {
        guard name.contains("/") || name == "UTC" || name == "GMT" else { return nil }
        return TimeZone(identifier: name)
    }

    private static func time(_ value: JSONValue?, name: String, calendarZone: TimeZone) throws(GoogleRefusal) -> JSONValue {
        guard let value else { throw .required("Missing \(name) time.") }
        guard let given = value.objectValue?.filter({ !$0.value.isNull }) else { throw .invalid("Invalid \(name) time.") }
        let zoneName = given["timeZone"]?.stringValue
        let zone = zoneName.flatMap(zone)
        if given["timeZone"] != nil, zone == nil { throw .invalid("Invalid time zone definition for \(name) time.") }
        switch (given["date"], given["dateTime"]) {
        case (nil, nil): throw .required("Missing \(name) time.")
        case (.some, .some): throw .invalid("Invalid \(name) time.")
        case (.some(let date), nil):
            guard let day = date.stringValue.flatMap(CivilDay.init(iso:)) else { throw .invalid("Invalid \(name) time.") }
            return .object(["date": .string(day.iso)])
        case (nil, .some(let dateTime)):
            guard let stamp = dateTime.stringValue.flatMap(Stamp.init) else { throw .invalid("Invalid \(name) time.") }
            let moment: Moment
            if let offset = stamp.offset {
                moment = Moment(seconds: stamp.wall.secondsSince1970 - offset)
            } else if let zone {
                moment = zone.moment(of: stamp.wall)
            } else {
                throw .required("Missing time zone definition for \(name) time.")
            }
            return .object([
                "dateTime": .string(moment.wall(offset: 0).iso + "Z"), "timeZone": .string(zoneName ?? calendarZone.identifier),
            ])
        }
    }

    private static func checkRecurrence(_ fields: Fields, event: Fields, times: EventTimes, calendarZone: TimeZone) throws(GoogleRefusal) {
        guard let recurrence = fields["recurrence"] else { return }
        let lines = recurrence.arrayValue?.compactMap(\.stringValue) ?? []
        guard let count = recurrence.arrayValue?.count, lines.count == count,
            let series = Series(lines: lines, times: times, calendarZone: calendarZone), series.rule != nil || !series.added.isEmpty
        else { throw .invalid("Invalid recurrence rule.") }
        for name in ["start", "end"] where !times.isAllDay && event[name]?["timeZone"]?.stringValue == nil {
            throw .required("Missing time zone definition for \(name) time.")
        }
    }

    private static func checkExtendedProperties(_ value: JSONValue?) throws(GoogleRefusal) {
        guard let value else { return }
        guard let kinds = value.objectValue else { throw .invalid("Invalid extended properties.") }
        var total = 0
        for (kind, properties) in kinds where !properties.isNull {
            guard kind == "private" || kind == "shared", let entries = properties.objectValue else {
                throw .invalid("Invalid extended properties.")
            }
            for (key, text) in entries {
                guard case .string(let text) = text, !key.isEmpty, key.count <= 44, text.count <= 1024 else {
                    throw .invalid("Invalid extended property: keys have at most 44 characters, values are strings of at most 1024.")
                }
                total += key.utf8.count + text.utf8.count
            }
        }
        guard total <= 32_768 else { throw .invalid("Extended properties are limited to 32 kB.") }
    }

    /// PATCH: null clears, objects merge, everything else (lists too) replaces.
    static func merged(_ old: JSONValue?, with change: JSONValue) -> JSONValue {
        guard case .object(let changes) = change, case .object(var fields) = old ?? .object([:]) else { return change }
        for (name, value) in changes {
            // Spelled out: in a conditional expression `nil` would become a JSON null.
            if value.isNull { fields.removeValue(forKey: name) } else { fields[name] = merged(fields[name], with: value) }
        }
        return .object(fields)
    }
}
