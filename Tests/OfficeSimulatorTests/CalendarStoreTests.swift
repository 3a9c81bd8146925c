import JSON
import Testing

@testable import OfficeSimulator

struct CalendarStoreTests {
    private let now = Moment(rfc3339: "2026-10-23T12:00:00Z") ?? Moment(seconds: 0)

    private func calendar() throws -> CalendarStore {
        var world = GoogleWorld(account: "konto@example.org", seed: 1)
        return try world.insertCalendar(["summary": "AW-SB", "timeZone": "Europe/Berlin"], now: now)
    }

    private func event(_ more: Fields = [:]) -> Fields {
        var event: Fields = [
            "summary": "Termin", "start": ["dateTime": "2027-01-04T10:00:00+01:00", "timeZone": "Europe/Berlin"],
            "end": ["dateTime": "2027-01-04T11:00:00+01:00", "timeZone": "Europe/Berlin"],
        ]
        event.merge(more) { _, new in new }
        return event
    }

    private func insert(_ body: Fields, into calendar: inout CalendarStore, by writer: Writer = .api) throws -> String {
        let id = "event\(calendar.lastChange)"
        let stored = try calendar.insert(body, newID: id, creator: "x@example.org", now: now, by: writer)
        return stored.fields["id"]?.stringValue ?? ""
    }

    private func list(_ calendar: CalendarStore, _ query: [(name: String, value: String)], _ mood: ListingMood = ListingMood()) throws
        -> JSONValue
    {
        try calendar.list(try EventQuery(query, calendar: calendar.id), now: now, mood: mood)
    }

    private func ids(_ list: JSONValue) -> [String] { list["items"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? [] }

    @Test("An event of another zone is shown in the calendar's, and keeps its own")
    func zones() throws {
        var calendar = try calendar()
        let there: Fields = [
            "start": ["dateTime": "2027-01-04T10:00:00", "timeZone": "America/New_York"],
            "end": ["dateTime": "2027-01-04T11:00:00", "timeZone": "America/New_York"],
        ]
        let id = try insert(event(there), into: &calendar)
        let shown = calendar.rendered(try #require(calendar.event(id)))
        #expect(shown["start"] == ["dateTime": "2027-01-04T16:00:00+01:00", "timeZone": "America/New_York"])
    }

    @Test("Every change has an etag of its own, even within one millisecond")
    func etags() throws {
        var calendar = try calendar()
        let id = try insert(event(), into: &calendar)
        var seen: Set<String> = []
        for number in 0..<50 {
            let patched = try calendar.patch(id, ["summary": .string("\(number)")], ifMatch: nil, now: now, by: .api)
            seen.insert(patched.fields["etag"]?.stringValue ?? "")
        }
        #expect(seen.count == 50)
    }

    @Test("Null clears a field within an object, and no null is kept")
    func nullClears() throws {
        var calendar = try calendar()
        let id = try insert(event(["extendedProperties": ["private": ["a": "1", "b": "2"]]]), into: &calendar)
        let patched = try calendar.patch(id, ["extendedProperties": ["private": ["a": nil]]], ifMatch: nil, now: now, by: .api)
        #expect(patched.fields["extendedProperties"] == ["private": ["b": "2"]])
        let cleared = try calendar.patch(id, ["summary": nil, "extendedProperties": nil], ifMatch: nil, now: now, by: .api)
        #expect(cleared.fields["summary"] == nil && cleared.fields["extendedProperties"] == nil)
    }

    @Test("A listing's pages hold what was there when it began; what changes meanwhile comes with the sync token")
    func pages() throws {
        var calendar = try calendar()
        for _ in 0..<3 { _ = try insert(event(), into: &calendar) }
        let first = try list(calendar, [("maxResults", "2")])
        let changed = ids(first)[0]
        _ = try calendar.patch(changed, ["summary": "neu"], ifMatch: nil, now: now, by: .person)
        let page = try #require(first["nextPageToken"]?.stringValue)
        let last = try list(calendar, [("maxResults", "2"), ("pageToken", page)])
        #expect(ids(last).count == 1)
        let token = try #require(last["nextSyncToken"]?.stringValue)
        #expect(ids(try list(calendar, [("syncToken", token)])) == [changed])
        #expect(throws: GoogleRefusal.self) { try list(calendar, [("pageToken", page), ("showDeleted", "true")]) }
    }

    @Test("After the tokens have died, a whole listing carries no tombstones, and the used id stays used")
    func forgets() throws {
        var calendar = try calendar()
        let id = try insert(event(["id": "einmal"]), into: &calendar)
        let token = try #require(try list(calendar, [])["nextSyncToken"]?.stringValue)
        try calendar.delete(id, ifMatch: nil, now: now)
        calendar.forget()
        #expect { try list(calendar, [("syncToken", token)]) } throws: { $0 as? GoogleRefusal == .fullSyncRequired }
        #expect(ids(try list(calendar, [("showDeleted", "true")])) == [])
        #expect(calendar.event(id)?.isCancelled == true)
        #expect(throws: GoogleRefusal.duplicate) { try insert(event(["id": "einmal"]), into: &calendar) }
    }

    @Test("Bare tombstones say no more than their id")
    func bareTombstones() throws {
        var calendar = try calendar()
        let token = try #require(try list(calendar, [])["nextSyncToken"]?.stringValue)
        let id = try insert(event(), into: &calendar)
        try calendar.delete(id, ifMatch: nil, now: now)
        let item = try list(calendar, [("syncToken", token)], ListingMood(bareTombstones: true))["items"]?.arrayValue?.first
        #expect(Set(item?.objectValue?.keys.map { $0 } ?? []) == ["id", "status"])
    }

    @Test("An old endless series is found by a window of today")
    func oldSeries() throws {
        var calendar = try calendar()
        let old: Fields = [
            "start": ["date": "1990-05-01"], "end": ["date": "1990-05-02"], "recurrence": ["RRULE:FREQ=DAILY"],
        ]
        let id = try insert(event(old), into: &calendar)
        let window = [(name: "timeMin", value: "2026-10-23T00:00:00Z"), (name: "timeMax", value: "2026-10-24T22:00:00Z")]
        #expect(ids(try list(calendar, window)) == [id])
        #expect(ids(try list(calendar, window + [("singleEvents", "true")])) == [id + "_20261023", id + "_20261024"])
        #expect(calendar.event(id + "_20261023")?.fields["start"] == ["date": "2026-10-23"])
        #expect(calendar.event(id + "_19891023") == nil)
    }

    @Test("Excluded, added and cancelled occurrences shape a series")
    func exceptions() throws {
        var calendar = try calendar()
        let lines: JSONValue = [
            "RRULE:FREQ=DAILY;COUNT=4", "EXDATE;TZID=Europe/Berlin:20270105T100000", "RDATE:20270120T090000Z",
        ]
        let id = try insert(event(["recurrence": lines]), into: &calendar)
        try calendar.delete(id + "_20270106T090000Z", ifMatch: nil, now: now)
        let keys = calendar.instances(of: id).filter { !$0.isCancelled }.compactMap { $0.fields["id"]?.stringValue?.suffix(16) }
        #expect(keys == ["20270104T090000Z", "20270107T090000Z", "20270120T090000Z"])
        #expect { try calendar.delete(id + "_20270106T090000Z", ifMatch: nil, now: now) } throws: { $0 as? GoogleRefusal == .deleted }
        let back = try calendar.patch(id + "_20270106T090000Z", ["status": "confirmed"], ifMatch: nil, now: now, by: .api)
        #expect(!back.isCancelled)
    }

    @Test("This and following: the series ends before, and a copy with its private properties begins there")
    func splits() throws {
        var calendar = try calendar()
        let id = try insert(
            event(["recurrence": ["RRULE:FREQ=WEEKLY;COUNT=6"], "extendedProperties": ["private": ["a": "1"]]]), into: &calendar)
        let second = try calendar.split(at: id + "_20270118T090000Z", changes: ["summary": "neu"], creator: "x", now: now)
        #expect(calendar.event(id)?.fields["recurrence"] == ["RRULE:FREQ=WEEKLY;UNTIL=20270118T085959Z"])
        #expect(second.fields["recurrence"] == ["RRULE:FREQ=WEEKLY;COUNT=4"] && second.fields["summary"] == "neu")
        #expect(second.fields["extendedProperties"] == ["private": ["a": "1"]])
        #expect(second.fields["id"]?.stringValue == id + "_R20270118T090000")
    }

    @Test("The occurrences of a later part have ids that begin with the first part's, and name the later part")
    func splitOccurrences() throws {
        var calendar = try calendar()
        let id = try insert(event(["recurrence": ["RRULE:FREQ=WEEKLY;COUNT=6"]]), into: &calendar)
        _ = try calendar.patch(id + "_20270125T090000Z", ["summary": "eigens"], ifMatch: nil, now: now, by: .person)
        let half = try #require(try calendar.split(at: id + "_20270118T090000Z", changes: [:], creator: "x", now: now).id)
        let instances = calendar.instances(of: half)
        #expect(instances.compactMap(\.id).first == id + "_20270118T090000Z" && instances.allSatisfy { $0.master == half })
        #expect(instances.count == 4 && !instances.contains { $0.isCancelled })
        #expect(calendar.event(id + "_20270125T090000Z")?.isCancelled == false && calendar.event(id + "_20270104T090000Z")?.master == id)
        #expect(calendar.event(half + "_20270118T090000Z") == nil)
        try calendar.delete(id + "_20270201T090000Z", ifMatch: nil, now: now)
        #expect(calendar.events[id + "_20270201T090000Z"]?.master == half && calendar.instances(of: half).filter(\.isCancelled).count == 1)
        let third = try calendar.split(at: id + "_20270208T090000Z", changes: [:], creator: "x", now: now)
        #expect(third.id == id + "_R20270208T090000")
    }

    @Test("Only the organizer changes what all guests see")
    func invitations() throws {
        var calendar = try calendar()
        let id = try insert(event(["organizer": ["email": "chef@example.org"]]), into: &calendar, by: .person)
        #expect(throws: GoogleRefusal.forbiddenForNonOrganizer) {
            try calendar.patch(id, ["summary": "x"], ifMatch: nil, now: now, by: .api)
        }
        _ = try calendar.patch(id, ["colorId": "3"], ifMatch: nil, now: now, by: .api)
    }
}
