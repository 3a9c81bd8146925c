import Appointments
import Foundation
import HTTP
import JSON
import Signing
import Synchronization

@testable import GoogleCalendar

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
    var isLogin: Bool { url.hasSuffix("/token") }
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
func token(_ text: String, expiresIn: Int? = nil) -> ScriptedTransport.Step {
    var fields: [String: JSONValue] = ["access_token": .string(text), "token_type": "Bearer"]
    if let expiresIn { fields["expires_in"] = .int(Int64(expiresIn)) }
    return answer(200, JSONValue.object(fields).text)
}

/// A refusal as Google words it.
func refusal(_ status: Int, _ reason: String, headers: HTTPHeaders = [:]) -> ScriptedTransport.Step {
    let entry: JSONValue = ["domain": "x", "reason": .string(reason), "message": "GEHEIMNIS"]
    let body: JSONValue = ["error": ["errors": [entry], "code": .int(Int64(status)), "message": "GEHEIMNIS"]]
    return answer(status, body.text, headers: headers)
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

/// One key for all tests: making one takes a tenth of a second.
enum Key {
    static let rsa = Result { try RSAPrivateKey.generate() }
}

func keyFile(_ changes: [String: JSONValue] = [:]) throws -> [UInt8] {
    let fields: [String: JSONValue] = [
        "type": "service_account", "client_email": "sync@project.iam.gserviceaccount.com", "private_key_id": "key-1",
        "private_key": .string(try Key.rsa.get().pem), "token_uri": "https://oauth2.test/token",
    ]
    return JSONValue.object(fields.merging(changes) { $1 }).bytes()
}

func client(
    _ transport: ScriptedTransport, time: FakeTime = FakeTime(), impersonate: String? = nil,
    onRequest: (@Sendable (GoogleClient.RequestRecord) -> Void)? = nil
) throws -> GoogleClient {
    var options = GoogleClient.Options()
    options.now = { time.now }
    options.uptime = { time.uptime }
    options.sleep = { try time.sleep($0) }
    options.onRequest = onRequest
    return GoogleClient(
        account: try ServiceAccount(json: try keyFile()), baseURL: "https://google.test/calendar/v3", transport: transport,
        impersonate: impersonate, options: options)
}

/// The error that a call ends with; nil if it succeeds.
func failureOf(_ call: () async throws -> Void) async -> GoogleError? {
    do {
        try await call()
        return nil
    } catch {
        return error as? GoogleError
    }
}

extension HTTPRequest {
    /// The path below the base address.
    var path: String { String(url.dropFirst("https://google.test/calendar/v3".count).prefix { $0 != "?" }) }

    /// The query items, decoded.
    var query: [String: String] {
        let items = URLComponents(string: url)?.queryItems ?? []
        return Dictionary(items.map { ($0.name, $0.value ?? "") }) { first, _ in "\(first) twice" }
    }
}

/// What an observer was told.
final class Records: Sendable {
    private let records = Mutex([GoogleClient.RequestRecord]())

    var all: [GoogleClient.RequestRecord] { records.withLock { $0 } }

    func append(_ record: GoogleClient.RequestRecord) {
        records.withLock { $0.append(record) }
    }
}
