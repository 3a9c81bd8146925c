import HTTP
import TestSupport
import Testing

@testable import GoogleCalendar

@Suite(.timeLimit(.minutes(1))) struct GoogleClientThrottleTests {
    private let time = FakeTime()

    private func get(_ client: GoogleClient, for user: String) async -> GoogleError? {
        await failureOf { _ = try await client.event(calendar: "c", id: "a", quotaUser: user) }
    }

    @Test(arguments: ["userRateLimitExceeded", "rateLimitExceeded", "quotaExceeded"])
    func anotherEmployeesCallDoesNotWaitForAThrottledOne(reason: String) async throws {
        let transport = ScriptedTransport { request in
            request.query["quotaUser"] == "SB" ? try await refusal(403, reason)(request) : try await refusal(404, "notFound")(request)
        }
        let client = try client(transport, time: time)
        #expect(await get(client, for: "SB")?.isTransient == true)
        let waits = time.waits.count
        #expect(await get(client, for: "ÄK") == nil)
        #expect(time.waits.count == waits)
    }

    @Test func whatStrikesEverybodyIsWaitedForByEverybody() async throws {
        let transport = ScriptedTransport(refusal(403, "rateLimitExceeded", headers: ["Retry-After": "90"]))
        let client = try client(transport, time: time)
        for user in ["SB", "AM"] { _ = await get(client, for: user) }
        let error = await get(client, for: "RO")
        #expect(error?.code == .rateLimited && error?.status == nil)
        #expect(error?.retryAfter ?? .zero >= .seconds(90))
        #expect(transport.requests.count == 2)
    }

    @Test func aCallThatWouldWaitTooLongIsNotSentAndSaysHowLong() async throws {
        let transport = ScriptedTransport(refusal(429, "userRateLimitExceeded", headers: ["Retry-After": "1800"]))
        let client = try client(transport, time: time)
        _ = await get(client, for: "SB")
        let error = await failureOf { try await client.delete(calendar: "c", id: "a", ifMatch: nil, quotaUser: "SB") }
        #expect(error?.hubCode == "google_rate_limited")
        #expect(error?.mayHaveActed == false)
        #expect(error?.retryAfter ?? .zero >= .seconds(1800))
        #expect(transport.requests.count == 1 && time.waits.isEmpty)
    }

    @Test func thePermitIsAskedAfterTheWait() async throws {
        let transport = ScriptedTransport(refusal(429, "userRateLimitExceeded", headers: ["Retry-After": "20"]), answer(204))
        let client = try client(transport, time: time)
        let error = await failureOf {
            try await client.delete(calendar: "c", id: "a", ifMatch: nil, quotaUser: "SB") { [time] in time.uptime < .seconds(20) }
        }
        #expect(error?.code == .notSent)
        #expect(transport.requests.count == 1)
    }

    @Test func aCalendarThatMayNotBeMadeThrottlesNothingElse() async throws {
        let transport = ScriptedTransport(refusal(403, "quotaExceeded", headers: ["Retry-After": "1800"]), refusal(404, "notFound"))
        let client = try client(transport, time: time)
        #expect(await failureOf { _ = try await client.insertCalendar(named: "AW-SB", quotaUser: "SB") }?.code == .calendarLimit)
        #expect(await get(client, for: "SB") == nil)
        #expect(time.waits.isEmpty)
    }

    @Test func aServerThatSaysWhenToComeBackIsLeftAloneUntilThen() async throws {
        let transport = ScriptedTransport(answer(503, headers: ["Retry-After": "20"]), answer(204))
        try await client(transport, time: time).delete(calendar: "c", id: "a", ifMatch: nil, quotaUser: "SB")
        #expect(time.uptime >= .seconds(20) && time.uptime < .seconds(22))
    }

    @Test func noMoreRequestsAreInFlightThanAllowed() async throws {
        let (inFlight, most) = (Counter(), Counter())
        let transport = ScriptedTransport { _ in
            most.raise(to: inFlight.add(1))
            // Each waits for the most that there may be, and gives one more the time to come.
            await until { most.add(0) >= 3 }
            try await Task.sleep(for: .milliseconds(5))
            inFlight.add(-1)
            return HTTPResponse(status: 204)
        }
        let client = try client(transport)
        await client.allow(3)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<30 {
                group.addTask { try await client.delete(calendar: "c", id: "a\(number)", ifMatch: nil, quotaUser: "U\(number % 4)") }
            }
            try await group.waitForAll()
        }
        #expect(most.add(0) == 3)
    }
}
