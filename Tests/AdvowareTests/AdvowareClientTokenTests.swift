import Appointments
import Foundation
import HTTP
import JSON
import TestSupport
import Testing

@testable import Advoware
@testable import Clients

@Suite(.timeLimit(.minutes(1))) struct AdvowareClientTokenTests {
    @Test func theSignatureIsTheOneOfThePublicVector() async throws {
        let login = AdvowareLogin(configuration: try configuration())
        let time = try #require(Instant(rfc3339: "2026-08-30T00:00:00Z"))
        let request = try login.request(nonce: "nonce-abc", at: time)
        #expect(request.method == .post)
        #expect(request.url == "https://login.test/api/v1/Token")
        let expected: JSONValue = [
            "AppID": "app-123", "Kanzlei": "Kanzlei", "Database": "Daten", "User": "sync", "Role": 2, "Product": 64, "Password": "geheim",
            "Nonce": "nonce-abc", "RequestTimeStamp": "2026-08-30T00:00:00.000Z",
            "HMAC512Signature": "o7rz9KmoXZs550HfzO6ffiG17XwiPmlBHlksUYKZ3jcfolELow51Fw5KlrQqCK5y41aIValDjrh1iQ2GZ2WtqQ==",
        ]
        #expect(request.json == expected)
    }

    @Test func everyLoginHasANonceOfItsOwnThatIsAUUID() async throws {
        let transport = ScriptedTransport(answer(200, "[]"), logins: [failure(.timedOut), answer(503)])
        _ = try await client(transport).employees()
        let nonces = Set(transport.logins.compactMap { $0.json?["Nonce"]?.stringValue })
        #expect(nonces.count == 3)
        #expect(nonces.allSatisfy { UUID(uuidString: $0) != nil })
    }

    @Test func manyCallsAtOnceShareOneLogin() async throws {
        let gate = Gate()
        let transport = ScriptedTransport(answer(200, "[]"), logins: [behind(gate, token("one", expiresIn: 3600))])
        let client = try client(transport)
        await client.allow(50)
        try await withThrowingTaskGroup { group in
            for _ in 0..<50 { group.addTask { _ = try await client.employees() } }
            await until { await client.sender.tokens.waiting.count == 50 }
            gate.open()
            try await group.waitForAll()
        }
        #expect(transport.logins.count == 1)
        #expect(transport.requests.count == 50)
    }

    @Test func manyCallsThatMeetADeadTokenShareOneNewOne() async throws {
        let gate = Gate()
        let transport = ScriptedTransport { request in
            let isAlive = request.header("Authorization") == "Bearer token-2"
            if !isAlive { await gate.pass() }
            return HTTPResponse(status: isAlive ? 200 : 401, body: Array("[]".utf8))
        }
        let client = try client(transport)
        await client.allow(50)
        try await withThrowingTaskGroup { group in
            for _ in 0..<50 { group.addTask { _ = try await client.employees() } }
            await until { transport.requests.count == 50 }
            gate.open()
            try await group.waitForAll()
        }
        #expect(transport.logins.count == 2)
        #expect(transport.requests.count == 100)
    }

    @Test func a401IsAnsweredWithOneRepetitionAndNoMore() async throws {
        let transport = ScriptedTransport(answer(401))
        let client = try client(transport)
        let error = await failureOf { _ = try await client.employees() }
        #expect(error?.code == .unauthorized)
        #expect(transport.requests.count == 2)
        #expect(transport.logins.count == 2)
    }

    @Test(
        arguments: [
            (token("t", expiresIn: 1000), 1000.0), (answer(200, #"{"access_token":"t","expires_in":"1000"}"#), 1000),
            (token("t", expirationUTC: "2026-08-30T00:30:00.1234567Z"), 1800), (token("t", expirationUTC: "2026-08-30T00:30:00"), 1800),
            (token("t", expiresIn: 1000, expirationUTC: "2026-08-30T00:30:00Z"), 1000), (token("t"), 3300),
            (token("t", expirationUTC: "2020-01-01T00:00:00Z"), 3300), (token("t", expirationUTC: "soon"), 3300),
            (token("t", expiresIn: 0), 3300),
        ] as [(ScriptedTransport.Step, Double)])
    func aTokenIsRenewedALittleBeforeItsEnd(login: @escaping ScriptedTransport.Step, lifetime: Double) async throws {
        let time = FakeTime()
        let transport = ScriptedTransport(answer(200, "[]"), logins: [login])
        let client = try client(transport, time: time)
        _ = try await client.employees()
        time.advance(.seconds(lifetime - 61))
        _ = try await client.employees()
        #expect(transport.logins.count == 1)
        time.advance(.seconds(2))
        _ = try await client.employees()
        #expect(transport.logins.count == 2)
    }

    @Test func aTokenOfAFewSecondsIsUsedForMostOfThem() async throws {
        let time = FakeTime()
        let transport = ScriptedTransport(answer(200, "[]"), logins: [token("short", expiresIn: 10)])
        let client = try client(transport, time: time)
        _ = try await client.employees()
        time.advance(.seconds(8.5))
        _ = try await client.employees()
        #expect(transport.logins.count == 1)
        time.advance(.seconds(1))
        _ = try await client.employees()
        #expect(transport.logins.count == 2)
    }

    @Test func aRefusedLoginIsSharedAndNotRepeatedForAWhile() async throws {
        let time = FakeTime()
        let gate = Gate()
        let refusal = behind(gate, answer(401, "Falscher Name oder falsches Kennwort"))
        let transport = ScriptedTransport(answer(200, "[]"), logins: [refusal])
        let client = try client(transport, time: time)
        await client.allow(20)
        let codes = await withTaskGroup { group in
            for _ in 0..<20 { group.addTask { await failureOf { _ = try await client.employees() }?.code } }
            await until { await client.sender.tokens.waiting.count == 20 }
            gate.open()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes == Array(repeating: .wrongPassword, count: 20))
        #expect(await failureOf { _ = try await client.employees() }?.code == .wrongPassword)
        #expect(transport.logins.count == 1)
        #expect(transport.requests.isEmpty)
        time.advance(.seconds(61))
        _ = try await client.employees()
        #expect(transport.logins.count == 2)
    }

    @Test func aCheckLogsInEvenAfterARefusal() async throws {
        let transport = ScriptedTransport(logins: [answer(403, "Die Kanzlei ist nicht angemeldet.")])
        let client = try client(transport)
        #expect(await failureOf { try await client.login() }?.code == .notSignedIn)
        try await client.login()
        #expect(transport.logins.count == 2)
    }

    @Test func aLoginThatCannotBeReachedIsTriedThreeTimesForAllWaiters() async throws {
        let gate = Gate()
        let transport = ScriptedTransport(answer(200, "[]"), logins: Array(repeating: behind(gate, failure(.timedOut)), count: 3))
        let client = try client(transport)
        async let first = failureOf { _ = try await client.employees() }
        async let second = failureOf { _ = try await client.employees() }
        await until { await client.sender.tokens.waiting.count == 2 }
        gate.open()
        #expect(await [first?.code, second?.code] == [.timeout, .timeout])
        #expect(transport.logins.count == 3)
        #expect(transport.requests.isEmpty)
    }

    @Test func aCancelledCallLeavesTheLoginToTheOthers() async throws {
        let gate = Gate()
        let transport = ScriptedTransport(answer(200, "[]"), logins: [behind(gate, token("one", expiresIn: 3600))])
        let client = try client(transport)
        let leaving = Task { await failureOf { _ = try await client.employees() }?.code }
        async let staying = client.employees()
        await until { await client.sender.tokens.waiting.count == 2 }
        leaving.cancel()
        #expect(await leaving.value == .cancelled)
        gate.open()
        _ = try await staying
        #expect(transport.logins.count == 1)
    }

    @Test func aLoginThatEverybodyLeftIsGivenUpAndTheNextCallBeginsAnother() async throws {
        let transport = ScriptedTransport(answer(200, "[]"), logins: [never])
        let client = try client(transport)
        let leaving = Task { await failureOf { _ = try await client.employees() }?.code }
        await until { !transport.logins.isEmpty }
        leaving.cancel()
        #expect(await leaving.value == .cancelled)
        _ = try await client.employees()
        #expect(transport.logins.count == 2)
    }
}

/// A step that waits for the others.
private func behind(_ gate: Gate, _ step: @escaping ScriptedTransport.Step) -> ScriptedTransport.Step {
    { request in
        await gate.pass()
        return try await step(request)
    }
}

/// A step that only a cancellation ends.
private let never: ScriptedTransport.Step = { _ in
    try await Task.sleep(for: .seconds(3600))
    return HTTPResponse(status: 500)
}
