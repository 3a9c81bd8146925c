import Foundation
import JSON

/// Who writes: the product through the API, or a person in Google's own interface (through the control API), who may do more.
enum Writer: Sendable { case api, person }

extension CalendarStore {
    /// Creates an event; `newID` is used where the body brings none.
    mutating func insert(_ body: Fields, newID: String, creator: String, now: Moment, by writer: Writer) throws(GoogleRefusal)
        -> StoredEvent
    {
        let id = body["id"]?.stringValue ?? newID
        if writer == .api {
            guard body["id"] == nil || (body["id"]?.stringValue).map(EventChecks.isValidID) == true else {
                throw .invalid("Invalid resource id value.")
            }
            guard body["status"]?.stringValue != "cancelled" else { throw .invalid("Invalid value for: status") }
        }
        guard events[id] == nil else { throw .duplicate }
        var fields = try EventChecks.normalized(writable(body, by: writer), calendarZone: zone)
        fields["created"] = .string(now.rfc3339Milliseconds)
        fields["creator"] = .object(["email": .string(creator)])
        if fields["organizer"] == nil { fields["organizer"] = ownOrganizer }
        fields["htmlLink"] = .string("https://www.google.com/calendar/event?eid=" + Data(id.utf8).base64EncodedString())
        for (name, value) in Self.defaults where fields[name] == nil { fields[name] = value }
        if fields["iCalUID"] == nil { fields["iCalUID"] = .string(id + "@google.com") }
        return store(fields, id: id, now: now)
    }

    private static let defaults: Fields = [
        "status": "confirmed", "sequence": 0, "eventType": "default", "reminders": .object(["useDefault": true]),
    ]

    private var ownOrganizer: JSONValue {
        .object(["email": .string(id), "displayName": .string(summary), "self": true])
    }

    private func writable(_ body: Fields, by writer: Writer) -> Fields {
        writer == .person ? body : body.filter { !EventChecks.readOnly.contains($0.key) }
    }

    /// PATCH: merges. A person's change replaces `start` and `end` whole, as a form does.
    mutating func patch(_ id: String, _ body: Fields, ifMatch: String?, now: Moment, by writer: Writer) throws(GoogleRefusal) -> StoredEvent
    {
        let old = try existing(id, ifMatch: ifMatch)
        var base = old.fields
        if writer == .person {
            for name in ["start", "end"] where body[name] != nil { base[name] = nil }
        }
        let merged = EventChecks.merged(.object(base), with: .object(writable(body, by: writer))).objectValue ?? base
        return try replace(id, old: old, with: merged, touched: Set(body.keys), now: now, by: writer)
    }

    /// PUT: what the body does not name is gone, but for what only Google sets.
    mutating func update(_ id: String, _ body: Fields, ifMatch: String?, now: Moment) throws(GoogleRefusal) -> StoredEvent {
        let old = try existing(id, ifMatch: ifMatch)
        var fields = writable(body, by: .api)
        for name in EventChecks.readOnly.union(["iCalUID", "eventType", "sequence"]) { fields[name] = old.fields[name] }
        for (name, value) in Self.defaults where fields[name] == nil { fields[name] = value }
        return try replace(id, old: old, with: fields, touched: Set(body.keys), now: now, by: .api)
    }

    private func existing(_ id: String, ifMatch: String?) throws(GoogleRefusal) -> StoredEvent {
        guard let old = event(id) else { throw .notFound }
        if let ifMatch, ifMatch != "*", ifMatch != old.fields["etag"]?.stringValue { throw .preconditionFailed }
        return old
    }

    private static let guestsOwn: Set<String> = ["reminders", "colorId", "attendees", "extendedProperties", "transparency", "visibility"]

    private mutating func replace(
        _ id: String, old: StoredEvent, with merged: Fields, touched: Set<String>, now: Moment, by writer: Writer
    ) throws(GoogleRefusal) -> StoredEvent {
        let isOrganizer = old.fields["organizer"]?["self"]?.boolValue ?? false
        if writer == .api, !isOrganizer, !touched.subtracting(EventChecks.readOnly).isSubset(of: Self.guestsOwn) {
            throw .forbiddenForNonOrganizer
        }
        var fields = try EventChecks.normalized(merged, calendarZone: zone)
        if old.master != nil, fields["recurrence"] != nil { throw .invalid("Invalid recurrence rule.") }
        let reshaped = ["start", "end", "recurrence"].contains { fields[$0] != old.fields[$0] }
        if reshaped { fields["sequence"] = .int((old.fields["sequence"]?.intValue ?? 0) + 1) }
        let stored = store(fields, id: id, now: now)
        if reshaped, old.isRecurring { dropStrayExceptions(of: id, now: now) }
        if stored.isCancelled, !old.isCancelled { cancelExceptions(of: id, now: now) }
        return stored
    }

    /// Deletes: the event stays as a tombstone. An occurrence becomes a cancelled exception.
    mutating func delete(_ id: String, ifMatch: String?, now: Moment) throws(GoogleRefusal) {
        guard let old = event(id) else { throw .notFound }
        guard !old.isCancelled else { throw .deleted }
        if let ifMatch, ifMatch != "*", ifMatch != old.fields["etag"]?.stringValue { throw .preconditionFailed }
        var fields = old.fields
        fields["status"] = "cancelled"
        store(fields, id: id, now: now)
        cancelExceptions(of: id, now: now)
    }

    private mutating func cancelExceptions(of id: String, now: Moment) {
        for (key, event) in events.sorted(by: { $0.key < $1.key }) where event.master == id && !event.isCancelled {
            var fields = event.fields
            fields["status"] = "cancelled"
            store(fields, id: key, now: now)
        }
    }

    /// After a series has taken another shape, exceptions of occurrences that it no longer has are gone.
    private mutating func dropStrayExceptions(of id: String, now: Moment) {
        let keys = Set((events[id].map { occurrences(of: $0) } ?? []).map { Self.occurrenceID(of: id, at: $0) })
        for (key, event) in events.sorted(by: { $0.key < $1.key }) where event.master == id && !keys.contains(key) {
            var fields = event.fields
            fields["status"] = "cancelled"
            store(fields, id: key, now: now)
        }
    }

    /// "This and following events": the series ends before the occurrence, and a copy of it begins there, private properties included.
    /// Returns the second half.
    mutating func split(at occurrenceID: String, changes: Fields, creator: String, now: Moment) throws(GoogleRefusal) -> StoredEvent {
        guard let occurrence = event(occurrenceID), let masterID = occurrence.master, let master = events[masterID], !master.isCancelled,
            let cut = occurrence.fields["originalStartTime"], let lines = master.fields["recurrence"]?.arrayValue?.compactMap(\.stringValue)
        else { throw .notFound }
        let all = occurrences(of: master)
        guard let index = all.firstIndex(where: { $0.startField == cut }), index > 0 else { throw .invalid("Not a later occurrence.") }
        let until: String
        if all[index].isAllDay {
            until = all[index].startWall.day.adding(-1).compact
        } else {
            until = Moment(seconds: all[index].start.seconds - 1).wall(offset: 0).compact + "Z"
        }
        var copy = master.fields.filter { !EventChecks.readOnly.contains($0.key) && $0.key != "id" && $0.key != "iCalUID" }
        copy["id"] = .string(Self.stem(of: masterID) + "_R" + all[index].occurrenceKey.filter { $0 != "Z" })
        copy["start"] = all[index].startField
        copy["end"] = all[index].endField
        copy["recurrence"] = .array(lines.map { .string(Self.line($0, countLess: index)) })
        for (name, value) in changes { copy[name] = name == "start" || name == "end" ? value : EventChecks.merged(copy[name], with: value) }
        let first = lines.map { JSONValue.string(Self.line($0, until: until)) }
        _ = try patch(masterID, ["recurrence": .array(first)], ifMatch: nil, now: now, by: .person)
        return try insert(copy, newID: "", creator: creator, now: now, by: .person)
    }

    private static func line(_ line: String, until: String) -> String {
        guard line.hasPrefix("RRULE:") else { return line }
        let parts = line.dropFirst(6).split(separator: ";").filter { !$0.hasPrefix("UNTIL=") && !$0.hasPrefix("COUNT=") }
        return "RRULE:" + (parts.map(String.init) + ["UNTIL=" + until]).joined(separator: ";")
    }

    private static func line(_ line: String, countLess used: Int) -> String {
        guard line.hasPrefix("RRULE:") else { return line }
        return "RRULE:"
            + line.dropFirst(6).split(separator: ";").map { part in
                guard part.hasPrefix("COUNT="), let count = Int(part.dropFirst(6)) else { return String(part) }
                return "COUNT=\(max(1, count - used))"
            }.joined(separator: ";")
    }
}
