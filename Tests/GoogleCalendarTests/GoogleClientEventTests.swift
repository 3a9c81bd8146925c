import Appointments
import HTTP
import JSON
import TestSupport
import Testing

@testable import GoogleCalendar

@Suite struct GoogleClientEventTests {
    @Test func aWholeReadingTakesAllPagesShortAndEmptyOnes() async throws {
        let transport = ScriptedTransport(
            answer(200, #"{"items":[{"id":"a"}],"nextPageToken":"2"}"#), answer(200, #"{"items":[],"nextPageToken":"3"}"#),
            answer(200, #"{"kind":"calendar#events","nextPageToken":"4"}"#),
            answer(200, #"{"items":[{"id":"b","status":"cancelled"},{"summary":"no id"},"x",{"id":""}],"nextSyncToken":"s1"}"#))
        let timeMin = try #require(Instant(rfc3339: "2026-07-30T22:00:00Z"))
        let list = try await client(transport).events(calendar: "c@1", timeMin: timeMin, quotaUser: "Ä")
        #expect(list.events.map(\.id) == ["a", "b"])
        #expect(list.unidentifiable == 3)
        #expect(list.nextSyncToken == "s1")
        #expect(transport.requests.allSatisfy { $0.path == "/calendars/c%401/events" && $0.method == .get })
        #expect(transport.requests.map { $0.query["pageToken"] } == [nil, "2", "3", "4"])
        var query = try #require(transport.requests.last).query
        query["pageToken"] = nil
        let expected = [
            "maxResults": "2500", "singleEvents": "false", "showDeleted": "true", "timeMin": "2026-07-30T22:00:00.000000Z",
            "quotaUser": "Ä",
        ]
        #expect(query == expected)
    }

    @Test func anIncrementalReadingSendsTheTokenAndNoTimeMin() async throws {
        let transport = ScriptedTransport(answer(200, #"{"items":[],"nextSyncToken":"s2"}"#))
        let list = try await client(transport).events(calendar: "c", syncToken: "s=1", timeMin: Instant(microseconds: 0), quotaUser: "SB")
        #expect(list == EventList(events: [], nextSyncToken: "s2"))
        let expected = ["maxResults": "2500", "singleEvents": "false", "showDeleted": "true", "syncToken": "s=1", "quotaUser": "SB"]
        #expect(transport.requests.first?.query == expected)
    }

    @Test func anEventThatComesTwiceCountsInItsLaterState() async throws {
        let transport = ScriptedTransport(
            answer(200, #"{"items":[{"id":"a","etag":"1"},{"id":"b"}],"nextPageToken":"2"}"#),
            answer(200, #"{"items":[{"id":"a","etag":"2"}]}"#))
        let list = try await client(transport).events(calendar: "c", quotaUser: "SB")
        #expect(list.events.map(\.id) == ["a", "b"])
        #expect(list.events.first?.etag == "2")
        #expect(list.nextSyncToken == nil)
    }

    @Test(arguments: ["", "null", "[]", "{}", #"{"items":null}"#, #"{"items":{}}"#, "<html>", #"{"items":[{"id":"a"}]"#, #"{"error":{}}"#])
    func aPageThatIsNoneFailsTheWholeReadingAfterItsTries(body: String) async throws {
        let transport = ScriptedTransport(answer(200, #"{"items":[{"id":"a"}],"nextPageToken":"2"}"#), answer(200, body))
        let client = try client(transport)
        let error = await failureOf { _ = try await client.events(calendar: "c", quotaUser: "SB") }
        #expect(error?.code == .badAnswer)
        #expect(error?.mayHaveActed == false)
        #expect(transport.requests.count == 6)
    }

    @Test func aPageTokenThatComesTwiceEndsTheReading() async throws {
        let transport = ScriptedTransport(answer(200, #"{"items":[],"nextPageToken":"again"}"#))
        let client = try client(transport)
        #expect(await failureOf { _ = try await client.events(calendar: "c", quotaUser: "SB") }?.code == .badAnswer)
        #expect(transport.requests.count == 2)
    }

    @Test func aSyncTokenThatNoLongerHoldsIsGone() async throws {
        for step in [refusal(410, "fullSyncRequired"), answer(410), refusal(400, "invalid")] {
            let transport = ScriptedTransport(step)
            let client = try client(transport)
            let error = await failureOf { _ = try await client.events(calendar: "c", syncToken: "s", quotaUser: "SB") }
            #expect(error?.code == .gone)
            #expect(transport.requests.count == 1)
        }
        let client = try client(ScriptedTransport(refusal(400, "timeRangeEmpty")))
        let error = await failureOf { _ = try await client.events(calendar: "c", quotaUser: "SB") }
        #expect(error?.code == .rejected)
        #expect(error?.reason == "timeRangeEmpty")
    }

    @Test func occurrencesAreReadFromAllPages() async throws {
        let transport = ScriptedTransport(
            answer(200, #"{"items":[{"id":"m_1"}],"nextPageToken":"2"}"#), answer(200, #"{"items":[{"id":"m_2"}]}"#))
        let instant = Instant(microseconds: 0)
        let list = try await client(transport).instances(calendar: "c", id: "m", timeMin: instant, timeMax: instant, quotaUser: "SB")
        #expect(list.events.map(\.id) == ["m_1", "m_2"])
        #expect(transport.requests.first?.path == "/calendars/c/events/m/instances")
        let expected = [
            "maxResults": "2500", "showDeleted": "true", "timeMin": "1970-01-01T00:00:00.000000Z", "timeMax": "1970-01-01T00:00:00.000000Z",
            "quotaUser": "SB",
        ]
        #expect(transport.requests.first?.query == expected)
    }

    @Test func oneEventIsThereOrNot() async throws {
        let transport = ScriptedTransport(answer(200, #"{"id":"a/b","status":"cancelled"}"#))
        #expect(try await client(transport).event(calendar: "c", id: "a/b", quotaUser: "SB")?.isCancelled == true)
        #expect(transport.requests.first?.path == "/calendars/c/events/a%2Fb")
        for status in [404, 410] {
            #expect(try await client(ScriptedTransport(refusal(status, "notFound"))).event(calendar: "c", id: "a", quotaUser: "SB") == nil)
        }
        for body in [#"{"id":"other"}"#, "[]", "null", ""] {
            let client = try client(ScriptedTransport(answer(200, body)))
            #expect(await failureOf { _ = try await client.event(calendar: "c", id: "a", quotaUser: "SB") }?.code == .badAnswer)
        }
    }

    @Test(arguments: ["", "<html>Not found</html>", "[]", "{}"])
    func a404ThatIsNotGooglesProvesNothing(body: String) async throws {
        let client = try client(ScriptedTransport(answer(404, body)))
        #expect(await failureOf { _ = try await client.event(calendar: "c", id: "a", quotaUser: "SB") }?.code == .badAnswer)
        let error = await failureOf { try await client.delete(calendar: "c", id: "a", ifMatch: nil, quotaUser: "SB") }
        #expect(error?.code == .badAnswer)
        #expect(error?.mayHaveActed == false)
    }

    @Test func anEventIsInsertedUnderOurIDWithoutAMail() async throws {
        let transport = ScriptedTransport(answer(200, #"{"id":"0123abcd","etag":"\"1\""}"#))
        let event = try await client(transport).insert(calendar: "c", id: "0123abcd", fields: ["summary": "Ä", "id": "x"], quotaUser: "Ö")
        #expect(event.etag == "\"1\"")
        let request = try #require(transport.requests.first)
        #expect(request.method == .post)
        #expect(request.path == "/calendars/c/events")
        #expect(request.query == ["sendUpdates": "none", "quotaUser": "Ö"])
        #expect(request.json == ["summary": "Ä", "id": "0123abcd"])
        #expect(request.header("If-Match") == nil)
    }

    @Test func anInsertionIsRepeatedAfterABreakAndItsOwnDuplicateIsSaid() async throws {
        let transport = ScriptedTransport(failure(.connectionBroken), refusal(409, "duplicate"))
        let client = try client(transport)
        let error = await failureOf { _ = try await client.insert(calendar: "c", id: "aaaaa", fields: [:], quotaUser: "SB") }
        #expect(error?.hubCode == "google_duplicate")
        #expect(error?.mayHaveActed == true)
        #expect(transport.requests.count == 2)
        let first = try GoogleCalendarTests.client(ScriptedTransport(refusal(409, "duplicate")))
        let clean = await failureOf { _ = try await first.insert(calendar: "c", id: "aaaaa", fields: [:], quotaUser: "SB") }
        #expect(clean?.code == .duplicate)
        #expect(clean?.mayHaveActed == false)
    }

    @Test(arguments: ["<html>", #"{"id":"aaaaa""#, "", #"{"id":"other"}"#])
    func anInsertionWithADamagedAnswerIsNotRepeatedAndMayHaveActed(body: String) async throws {
        let transport = ScriptedTransport(answer(200, body))
        let client = try client(transport)
        let error = await failureOf { _ = try await client.insert(calendar: "c", id: "aaaaa", fields: [:], quotaUser: "SB") }
        #expect(error?.code == .badAnswer)
        #expect(error?.mayHaveActed == true)
        #expect(transport.requests.count == 1)
    }

    @Test(arguments: [nil, #""etag-1""#])
    func aPatchCarriesTheEtagAndOnlyTheGivenFields(etag: String?) async throws {
        let transport = ScriptedTransport(answer(200, #"{"id":"a","etag":"2"}"#))
        let event = try await client(transport).patch(calendar: "c", id: "a", fields: ["location": nil], ifMatch: etag, quotaUser: "SB")
        #expect(event.etag == "2")
        let request = try #require(transport.requests.first)
        #expect(request.method == .patch)
        #expect(request.path == "/calendars/c/events/a")
        #expect(request.query == ["sendUpdates": "none", "quotaUser": "SB"])
        #expect(request.json == ["location": nil])
        #expect(request.header("If-Match") == etag)
    }

    @Test func aDeletionCarriesTheEtagAndNeedsNoBody() async throws {
        let transport = ScriptedTransport(answer(204))
        try await client(transport).delete(calendar: "c", id: "a", ifMatch: "\"1\"", quotaUser: "SB")
        let request = try #require(transport.requests.first)
        #expect(request.method == .delete)
        #expect(request.path == "/calendars/c/events/a")
        #expect(request.query == ["sendUpdates": "none", "quotaUser": "SB"])
        #expect(request.header("If-Match") == "\"1\"")
        #expect(request.body == nil)
        let html = try GoogleCalendarTests.client(ScriptedTransport(answer(200, "<html>")))
        #expect(await failureOf { try await html.delete(calendar: "c", id: "a", ifMatch: nil, quotaUser: "SB") }?.code == .badAnswer)
    }

    @Test(arguments: [
        (412, "conditionNotMet", "google_precondition_failed"), (404, "notFound", "google_not_found"), (410, "deleted", "google_gone"),
    ])
    func aPatchOrDeletionThatMeetsAnotherStateSaysSoAtOnce(status: Int, reason: String, hubCode: String) async throws {
        let transport = ScriptedTransport(refusal(status, reason))
        let client = try client(transport)
        let errors = [
            await failureOf { _ = try await client.patch(calendar: "c", id: "a", fields: [:], ifMatch: "1", quotaUser: "SB") },
            await failureOf { try await client.delete(calendar: "c", id: "a", ifMatch: "1", quotaUser: "SB") },
        ]
        for error in errors {
            #expect(error?.hubCode == hubCode)
            #expect(error?.mayHaveActed == false)
        }
        #expect(transport.requests.count == 2)
    }
}
