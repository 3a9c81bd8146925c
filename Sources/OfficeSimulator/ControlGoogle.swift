import JSON

/// The half of `/control` that is Google's own interface: what a person does there.
extension Simulator {
    /// `POST /control/calendar {"summary", "timeZone"?, "accessRole"?}` (the service account's role, owner without it),
    /// `PATCH /control/calendar/NAME {"summary"?, "accessRole"?}` and `DELETE /control/calendar/NAME`.
    func calendar(_ method: String, _ name: String, _ body: Fields) throws(ControlError) -> JSONValue {
        switch method {
        case "POST":
            var body = body
            body["timeZone"] = body["timeZone"] ?? "Europe/Berlin"
            let made: CalendarStore
            do throws(GoogleRefusal) {
                made = try google.insertCalendar(body, now: now)
            } catch {
                throw ControlError(error.message)
            }
            try setRole(body, try index(made.id))
            return .object(made.fields)
        case "PATCH":
            let index = try index(name)
            try setRole(body, index)
            if let summary = body["summary"] { google.calendars[index].fields["summary"] = summary }
            return .object(google.calendars[index].fields)
        case "DELETE":
            google.calendars.remove(at: try index(name))
            return .object([:])
        default: throw ControlError("method \(method)", status: 405)
        }
    }

    /// `/control/event`, `/control/event/ID` and `/control/event/ID/split` (the id of the occurrence where the second half begins).
    func event(_ request: WireRequest, _ path: [String], _ body: Fields) throws(ControlError) -> JSONValue {
        guard let name = body["calendar"]?.stringValue ?? request.parameter("calendar") else { throw ControlError("calendar is missing") }
        let index = try index(name)
        let id = path.count > 1 ? path[1] : ""
        let fields = body["event"]?.objectValue ?? [:]
        let owner = "mensch@example.org"
        do throws(GoogleRefusal) {
            let event: StoredEvent
            switch (request.method, path.count) {
            case ("POST", 1):
                event = try google.calendars[index].insert(fields, newID: google.newID(), creator: owner, now: now, by: .person)
            case ("POST", 3) where path[2] == "split":
                event = try google.calendars[index].split(at: id, changes: fields, creator: owner, now: now)
            case ("PATCH", 2):
                event = try google.calendars[index].patch(id, fields, ifMatch: nil, now: now, by: .person)
            case ("GET", 2):
                guard let found = google.calendars[index].event(id) else { throw .notFound }
                event = found
            case ("DELETE", 2):
                try google.calendars[index].delete(id, ifMatch: nil, now: now)
                return .object([:])
            default: throw GoogleRefusal(status: 405, reason: "method", message: "no such control: \(request.method) \(request.path)")
            }
            return google.calendars[index].rendered(event)
        } catch {
            throw ControlError("event \(id): \(error.message)", status: error.status)
        }
    }

    private func setRole(_ body: Fields, _ index: Int) throws(ControlError) {
        guard let role = body["accessRole"] else { return }
        guard let text = role.stringValue, GoogleWorld.roles.contains(text) else {
            throw ControlError("accessRole: one of \(GoogleWorld.roles.joined(separator: ", "))")
        }
        google.setRole(text, index, now: now)
    }

    /// A calendar by name or id.
    private func index(_ name: String) throws(ControlError) -> Int {
        guard let index = google.calendars.firstIndex(where: { $0.summary == name || $0.id == name }) else {
            throw ControlError("no calendar \(name)", status: 404)
        }
        return index
    }
}
