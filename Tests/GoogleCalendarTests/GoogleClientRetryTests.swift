import Foundation
import HTTP
import JSON
import TestSupport
import Testing

@testable import GoogleCalendar

@Suite struct GoogleClientRetryTests {
    @Test(arguments: [
        refusal(403, "rateLimitExceeded"), refusal(403, "userRateLimitExceeded"), refusal(403, "quotaExceeded"),
        refusal(429, "rateLimitExceeded"),
        answer(429), answer(500), answer(502), answer(503), answer(504), failure(.connectionBroken), failure(.timedOut),
        failure(.cannotConnect),
    ])
    func whatPassesIsTriedFiveTimesWithGrowingWaits(step: @escaping ScriptedTransport.Step) async throws {
        let time = FakeTime()
        let transport = ScriptedTransport(step)
        let client = try client(transport, time: time)
        let error = await failureOf { _ = try await client.event(calendar: "c", id: "a", quotaUser: "SB") }
        #expect(error?.isTransient == true)
        #expect(transport.requests.count == 5)
        #expect(time.waits.count == 4)
        for (wait, longest) in zip(time.waits, [1, 2, 4, 8]) { #expect(wait <= .seconds(longest)) }
    }

    @Test(arguments: [400, 403, 404, 409, 410, 412, 302])
    func whatGoogleRefusesIsNotTriedAgain(status: Int) async throws {
        let transport = ScriptedTransport(refusal(status, "insufficientPermissions"))
        let client = try client(transport)
        let error = await failureOf { try await client.delete(calendar: "c", id: "a", ifMatch: nil, quotaUser: "SB") }
        #expect(error?.status == status)
        #expect(transport.requests.count == 1)
    }

    @Test func aWriteIsTriedAgainAndSucceeds() async throws {
        let transport = ScriptedTransport(answer(503), failure(.timedOut), refusal(403, "rateLimitExceeded"), answer(204))
        try await client(transport).delete(calendar: "c", id: "a", ifMatch: "1", quotaUser: "SB")
        #expect(transport.requests.count == 4)
    }

    @Test func whatGoogleAsksToWaitIsWaitedInSecondsOrUntilADate() async throws {
        let inSeconds: @Sendable () -> String = { "20" }
        let asDate: @Sendable () -> String = {
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.timeZone = TimeZone(identifier: "UTC")
            formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
            return formatter.string(from: Date().addingTimeInterval(20))
        }
        for header in [inSeconds, asDate] {
            let time = FakeTime()
            // The date is written when the answer is, however long the test took until then.
            let refused: ScriptedTransport.Step = { try await refusal(429, "rateLimitExceeded", headers: ["Retry-After": header()])($0) }
            let transport = ScriptedTransport(refused, answer(204))
            try await client(transport, time: time).delete(calendar: "c", id: "a", ifMatch: nil, quotaUser: "SB")
            // Around the turn of a second the two clocks that make a date and read it differ by one, and up to 250 ms of jitter come on top.
            #expect(time.waits.count == 1 && time.waits[0] >= .seconds(18) && time.waits[0] <= .milliseconds(21_250))
        }
    }

    @Test func aWaitLongerThanAMinuteIsLeftToTheCaller() async throws {
        let time = FakeTime()
        let transport = ScriptedTransport(refusal(403, "rateLimitExceeded", headers: ["Retry-After": "90"]))
        let client = try client(transport, time: time)
        let error = await failureOf { _ = try await client.event(calendar: "c", id: "a", quotaUser: "SB") }
        #expect(error?.hubCode == "google_rate_limited")
        #expect(error?.retryAfter == .seconds(90))
        #expect(transport.requests.count == 1)
        #expect(time.waits.isEmpty)
    }

    @Test func noTryBeginsWhenTheTimeIsUp() async throws {
        let time = FakeTime()
        let transport = ScriptedTransport { _ in
            time.advance(.seconds(60))
            throw HTTPError(.timedOut, host: "script", nothingWasSent: false)
        }
        let client = try client(transport, time: time)
        #expect(await failureOf { _ = try await client.event(calendar: "c", id: "a", quotaUser: "SB") }?.code == .timeout)
        #expect(transport.requests.count == 1)
    }

    @Test func aDailyLimitIsNotWaitedFor() async throws {
        let transport = ScriptedTransport(refusal(403, "dailyLimitExceeded"))
        let client = try client(transport)
        #expect(await failureOf { _ = try await client.event(calendar: "c", id: "a", quotaUser: "SB") }?.code == .quotaExceeded)
        #expect(transport.requests.count == 1)
    }

    @Test func anEarlierTryThatMayHaveActedIsNotForgotten() async throws {
        let transport = ScriptedTransport(failure(.timedOut), refusal(412, "conditionNotMet"))
        let client = try client(transport)
        let error = await failureOf { _ = try await client.patch(calendar: "c", id: "a", fields: [:], ifMatch: "1", quotaUser: "SB") }
        #expect(error?.code == .preconditionFailed)
        #expect(error?.mayHaveActed == true)
    }

    @Test func thePermitIsAskedBeforeEverySending() async throws {
        let transport = ScriptedTransport(answer(503), answer(204))
        let client = try client(transport)
        let error = await failureOf {
            try await client.delete(calendar: "c", id: "a", ifMatch: nil, quotaUser: "SB") {
                transport.requests.isEmpty && !transport.logins.isEmpty
            }
        }
        #expect(error?.code == .notSent)
        #expect(error?.mayHaveActed == true)
        #expect(transport.requests.count == 1)
    }

    @Test func aLoginThatFailsBetweenTwoTriesDoesNotForgetTheFirst() async throws {
        let transport = ScriptedTransport(
            failure(.timedOut), answer(401), logins: [token("one", expiresIn: 3600), answer(400, #"{"error":"invalid_grant"}"#)])
        let client = try client(transport)
        let error = await failureOf { try await client.delete(calendar: "c", id: "a", ifMatch: nil, quotaUser: "SB") }
        #expect(error?.code == .loginRefused)
        #expect(error?.mayHaveActed == true)
    }

    @Test func aCancelledWaitEndsTheCall() async throws {
        let transport = ScriptedTransport(answer(503))
        var options = GoogleClient.defaults
        options.backoff = Backoff(base: .seconds(3600), maximum: .seconds(3600), seed: 1)
        options.maximumTotal = .seconds(7200)
        let client = GoogleClient(
            account: try ServiceAccount(json: try keyFile()), baseURL: "https://google.test/calendar/v3/", transport: transport,
            options: options)
        let call = Task { await failureOf { _ = try await client.event(calendar: "c", id: "a", quotaUser: "SB") } }
        await until { !transport.requests.isEmpty }
        call.cancel()
        #expect(await call.value?.code == .serverError)
        #expect(transport.requests.map(\.url) == ["https://google.test/calendar/v3/calendars/c/events/a?quotaUser=SB"])
    }

    @Test func aLongNameIsCutToWhatQuotaUserMayHold() async throws {
        let transport = ScriptedTransport(refusal(404, "notFound"))
        _ = try await client(transport).event(calendar: "c", id: "a", quotaUser: String(repeating: "Ä", count: 50))
        #expect(transport.requests.first?.query["quotaUser"] == String(repeating: "Ä", count: 40))
    }

    @Test func theObserverSeesEveryRequestWithItsAttempt() async throws {
        let records = Records()
        let transport = ScriptedTransport(failure(.timedOut), answer(503), refusal(404, "notFound"))
        _ = try await client(transport) { records.append($0) }.event(calendar: "c", id: "a", quotaUser: "SB")
        #expect(records.all.map(\.operation) == ["login", "events.get", "events.get", "events.get"])
        #expect(records.all.map(\.status) == [200, nil, 503, 404])
        #expect(records.all.map(\.attempt) == [1, 1, 2, 3])
        #expect(records.all.allSatisfy { $0.system == "google" })
    }

    @Test(arguments: GoogleError.Code.allCases)
    func everyCodeIsAShortWordWithAHint(code: GoogleError.Code) {
        let error = GoogleError(code, operation: "events.get")
        #expect(error.hubCode.wholeMatch(of: /google_[a-z_]{3,30}/) != nil)
        #expect(error.hint.count > 20)
    }

    @Test func nothingOfTheAnswerButStatusAndReasonIsInTheDescription() async throws {
        let error = GoogleError(try await refusal(403, "forbidden")(HTTPRequest(.get, "")), operation: "events.get", isWrite: false)
        #expect(error.description == "google_forbidden in events.get (status 403, forbidden)")
        let strange = GoogleError(try await refusal(403, "Herr Müller")(HTTPRequest(.get, "")), operation: "events.get", isWrite: false)
        #expect(strange.description == "google_forbidden in events.get (status 403)")
    }
}
