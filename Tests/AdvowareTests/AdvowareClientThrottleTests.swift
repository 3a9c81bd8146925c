import HTTP
import TestSupport
import Testing

@testable import Advoware

@Suite struct AdvowareClientThrottleTests {
    private let time = FakeTime()

    @Test(arguments: [429, 503])
    func everyCallWaitsAsLongAsAdvowareAsks(status: Int) async throws {
        let transport = ScriptedTransport(answer(status, headers: ["Retry-After": "30"]), answer(200, "[]"))
        let client = try client(transport, time: time)
        #expect(await failureOf { _ = try await client.create([:]) } != nil)
        #expect(transport.requests.count == 1)
        _ = try await client.termin(frNr: 1)
        #expect(time.uptime >= .seconds(30) && time.uptime < .seconds(32))
    }

    @Test func aCallThatWouldWaitTooLongIsNotSent() async throws {
        let transport = ScriptedTransport(answer(429, headers: ["Retry-After": "600"]))
        let client = try client(transport, time: time)
        #expect(await failureOf { _ = try await client.termin(frNr: 1) }?.retryAfter == .seconds(600))
        let error = await failureOf { _ = try await client.create([:]) }
        #expect(error?.code == .rateLimited && error?.status == nil && error?.mayHaveActed == false)
        #expect(transport.requests.count == 1 && time.waits.isEmpty)
    }

    @Test func thePermitIsAskedAfterTheWait() async throws {
        let transport = ScriptedTransport(answer(429, headers: ["Retry-After": "20"]), answer(200))
        let client = try client(transport, time: time)
        #expect(await failureOf { try await client.delete(frNr: 1) }?.code == .rateLimited)
        #expect(await failureOf { try await client.delete(frNr: 1) { [time] in time.uptime < .seconds(20) } }?.code == .notSent)
        #expect(transport.requests.count == 1)
    }
}
