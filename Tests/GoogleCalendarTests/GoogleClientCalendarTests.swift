import HTTP
import JSON
import TestSupport
import Testing

@testable import GoogleCalendar

@Suite struct GoogleClientCalendarTests {
    @Test func aCalendarIsFoundByItsNameOnAnyPageAlsoHidden() async throws {
        let transport = ScriptedTransport(
            answer(200, #"{"items":[{"id":"1","summary":"AW-SB"},{"id":"2","summary":"AW-SBX"}],"nextPageToken":"p2"}"#),
            answer(200, #"{"items":[],"nextPageToken":"p3"}"#),
            answer(
                200, #"{"items":[{"id":"3","summary":" AW-SB "},{"id":"4","summary":"aw-sb"},{"id":"5","summary":"AW-SB","deleted":true}]}"#
            ))
        #expect(try await client(transport).findCalendars(named: "AW-SB", quotaUser: "Ü/1") == ["1", "3"])
        #expect(transport.requests.map(\.path) == Array(repeating: "/users/me/calendarList", count: 3))
        #expect(transport.requests.map { $0.query["pageToken"] } == [nil, "p2", "p3"])
        #expect(transport.requests.allSatisfy { $0.query["showHidden"] == "true" && $0.query["quotaUser"] == "Ü/1" })
        #expect(transport.requests.first?.url.contains("quotaUser=%C3%9C%2F1") == true)
    }

    @Test func aCalendarThatMayOnlyBeReadIsNotOurs() async throws {
        let roles = ["freeBusyReader", "reader", "none", "writer", "owner"]
        let items = roles.map { #"{"id":"\#($0)","summary":"AW-SB","accessRole":"\#($0)"}"# }.joined(separator: ",")
        let transport = ScriptedTransport(answer(200, #"{"items":[\#(items)]}"#))
        #expect(try await client(transport).findCalendars(named: "AW-SB", quotaUser: "SB") == ["writer", "owner"])
    }

    @Test func theListOfItsEventsTellsThatACalendarIsGone() async throws {
        let gone = try client(ScriptedTransport(refusal(404, "notFound")))
        #expect(await failureOf { _ = try await gone.events(calendar: "c", syncToken: "t", quotaUser: "SB") }?.code == .notFound)
        for (step, code) in [
            (refusal(403, "forbidden"), GoogleError.Code.forbidden), (answer(503), .serverError),
            (answer(404, "<html>Not found</html>"), .badAnswer),
        ] {
            let client = try client(ScriptedTransport(step))
            #expect(await failureOf { _ = try await client.events(calendar: "c", syncToken: "t", quotaUser: "SB") }?.code == code)
        }
    }

    @Test func aNewCalendarHasItsNameAndBerlinsTimeZone() async throws {
        let transport = ScriptedTransport(answer(200, #"{"id":"new","summary":"AW-Ä"}"#))
        #expect(try await client(transport).insertCalendar(named: "AW-Ä", quotaUser: "Ä") == "new")
        let request = try #require(transport.requests.first)
        #expect(request.method == .post)
        #expect(request.path == "/calendars")
        #expect(request.json == ["summary": "AW-Ä", "timeZone": "Europe/Berlin"])
        #expect(request.query == ["quotaUser": "Ä"])
    }

    @Test func aLimitOnNewCalendarsIsNotWaitedFor() async throws {
        let time = FakeTime()
        let transport = ScriptedTransport(refusal(403, "quotaExceeded", headers: ["Retry-After": "1"]))
        let client = try client(transport, time: time)
        let error = await failureOf { _ = try await client.insertCalendar(named: "AW-SB", quotaUser: "SB") }
        #expect(error?.hubCode == "google_calendar_limit")
        #expect(error?.mayHaveActed == false)
        #expect(transport.requests.count == 1)
        #expect(time.waits.isEmpty)
    }

    @Test(arguments: [
        failure(.connectionBroken), failure(.timedOut), answer(503), answer(200, "<html>"), answer(200, #"{"id":"n"#), answer(200, "{}"),
    ])
    func aCalendarThatMayHaveBeenMadeIsNotMadeAgain(step: @escaping ScriptedTransport.Step) async throws {
        let transport = ScriptedTransport(step)
        let client = try client(transport)
        let error = await failureOf { _ = try await client.insertCalendar(named: "AW-SB", quotaUser: "SB") }
        #expect(error?.mayHaveActed == true)
        #expect(transport.requests.count == 1)
    }

    @Test func aCalendarIsTriedAgainIfItCannotHaveBeenMade() async throws {
        let transport = ScriptedTransport(
            failure(.cannotConnect, nothingWasSent: true), refusal(403, "rateLimitExceeded"), refusal(429, "rateLimitExceeded"),
            answer(200, #"{"id":"new"}"#))
        #expect(try await client(transport).insertCalendar(named: "AW-SB", quotaUser: "SB") == "new")
        #expect(transport.requests.count == 4)
    }

    @Test func anOwnerIsFoundAmongTheRulesOfAllPagesInAnyCase() async throws {
        let steps = [
            answer(200, #"{"items":[{"role":"reader","scope":{"type":"user","value":"chef@k.test"}}],"nextPageToken":"2"}"#),
            answer(
                200,
                #"{"items":[{"role":"owner","scope":{"type":"user","value":"Chef@K.test"}},{"role":"reader","scope":{"type":"default"}}]}"#),
        ]
        let transport = ScriptedTransport(steps[0], steps[1])
        #expect(try await client(transport).isOwner("chef@k.test", of: "c@1", quotaUser: "SB"))
        #expect(transport.requests.map(\.path) == ["/calendars/c%401/acl", "/calendars/c%401/acl"])
        #expect(try await !client(ScriptedTransport(steps[0], steps[1])).isOwner("other@k.test", of: "c", quotaUser: "SB"))
        #expect(
            try await !client(ScriptedTransport(steps[0], answer(200, #"{"items":[]}"#))).isOwner("chef@k.test", of: "c", quotaUser: "SB"))
    }

    @Test func anOwnerIsAddedWithoutAMail() async throws {
        let transport = ScriptedTransport(failure(.connectionBroken), answer(200, #"{"id":"user:chef@k.test","role":"owner"}"#))
        try await client(transport).addOwner("chef@k.test", to: "c", quotaUser: "SB")
        #expect(transport.requests.count == 2)
        let request = try #require(transport.requests.last)
        #expect(request.method == .post)
        #expect(request.path == "/calendars/c/acl")
        #expect(request.query == ["sendNotifications": "false", "quotaUser": "SB"])
        #expect(request.json == ["role": "owner", "scope": ["type": "user", "value": "chef@k.test"]])
    }
}
