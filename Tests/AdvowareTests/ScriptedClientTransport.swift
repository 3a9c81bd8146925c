import Appointments
import Foundation
import HTTP
import JSON
import Synchronization

@testable import Advoware

/// Answers from a script, one step per request, and remembers the requests. Logins have a script of their own and succeed where it ends.
final class ScriptedTransport: HTTPTransport {
    typealias Step = @Sendable (HTTPRequest) async throws -> HTTPResponse

    private struct State {
        var steps: [Step]
        var logins: [Step]
        var requests: [HTTPRequest] = []
    }

    private let state: Mutex<State>

    init(_ steps: Step..., logins: [Step] = []) {
        state = Mutex(State(steps: steps, logins: logins))
    }

    var requests: [HTTPRequest] { state.withLock { $0.requests }.filter { !$0.isLogin } }
    var logins: [HTTPRequest] { state.withLock { $0.requests }.filter(\.isLogin) }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let step: Step? = state.withLock { state in
            state.requests.append(request)
            if request.isLogin {
                let number = state.requests.count { $0.isLogin }
                return state.logins.isEmpty ? token("token-\(number)", expiresIn: 3600) : state.logins.removeFirst()
            }
            // The last step goes on for ever, so that one too many requests is seen by its count.
            return state.steps.count > 1 ? state.steps.removeFirst() : state.steps.first
        }
        guard let step else { throw HTTPError(.cannotConnect, host: "script", nothingWasSent: true) }
        return try await step(request)
    }
}

extension HTTPRequest {
    var isLogin: Bool { url.hasSuffix("/Token") }
    var json: JSONValue? { body.flatMap { try? JSONValue(parsing: $0) } }
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// A step that answers.
func answer(_ status: Int = 200, _ body: String = "", headers: HTTPHeaders = [:]) -> ScriptedTransport.Step {
    { _ in HTTPResponse(status: status, headers: headers, body: Array(body.utf8)) }
}

/// A step without answer.
func failure(_ code: HTTPError.Code, nothingWasSent: Bool = false) -> ScriptedTransport.Step {
    { _ in throw HTTPError(code, host: "script", nothingWasSent: nothingWasSent) }
}

/// A login that succeeds.
func token(_ text: String, expiresIn: Int? = nil, expirationUTC: String? = nil) -> ScriptedTransport.Step {
    var fields: [String: JSONValue] = ["access_token": .string(text)]
    if let expiresIn { fields["expires_in"] = .int(Int64(expiresIn)) }
    if let expirationUTC { fields["expiration_utc"] = .string(expirationUTC) }
    return answer(200, JSONValue.object(fields).text)
}

/// Time that passes only while somebody sleeps, or when told to.
final class FakeTime: Sendable {
    private let state = Mutex((now: Duration.zero, waits: [Duration]()))

    var waits: [Duration] { state.withLock { $0.waits } }
    var uptime: Duration { state.withLock { $0.now } }
    /// 2026-08-30T00:00:00Z when the test begins.
    var now: Instant { Instant(microseconds: 1_788_048_000_000_000 + Int64(uptime / .microseconds(1))) }

    func advance(_ time: Duration) {
        state.withLock { $0.now += time }
    }

    func sleep(_ time: Duration) throws {
        try Task.checkCancellation()
        state.withLock {
            $0.now += time
            $0.waits.append(time)
        }
    }
}

func configuration(baseURL: String = "https://advoware.test:90/") throws -> AdvowareConfiguration {
    try AdvowareConfiguration(
        baseURL: baseURL, authURL: "https://login.test/api/v1/Token", appID: "app-123", apiKey: "dGVzdC1zZWNyZXQta2V5", kanzlei: "Kanzlei",
        database: "Daten", user: "sync", password: "geheim")
}

func client(
    _ transport: ScriptedTransport, time: FakeTime = FakeTime(), onRequest: (@Sendable (AdvowareClient.RequestRecord) -> Void)? = nil
) throws -> AdvowareClient {
    var options = AdvowareClient.Options()
    options.now = { time.now }
    options.uptime = { time.uptime }
    options.sleep = { try time.sleep($0) }
    options.onRequest = onRequest
    return AdvowareClient(configuration: try configuration(), transport: transport, options: options)
}

/// The error that a call ends with; nil if it succeeds.
func failureOf(_ call: () async throws -> Void) async -> AdvowareError? {
    do {
        try await call()
        return nil
    } catch {
        return error as? AdvowareError
    }
}

let someWallTime = WallTime(date: LocalDate(dayNumber: 20_000))

/// What an observer was told.
final class Records: Sendable {
    private let records = Mutex([AdvowareClient.RequestRecord]())

    var all: [AdvowareClient.RequestRecord] { records.withLock { $0 } }

    func append(_ record: AdvowareClient.RequestRecord) {
        records.withLock { $0.append(record) }
    }
}
