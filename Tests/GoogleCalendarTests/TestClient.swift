import Foundation
import Clients
import HTTP
import JSON
import Signing
import Synchronization
import TestSupport

@testable import GoogleCalendar

/// A refusal as Google words it.
func refusal(_ status: Int, _ reason: String, headers: HTTPHeaders = [:]) -> ScriptedTransport.Step {
    let entry: JSONValue = ["domain": "x", "reason": .string(reason), "message": "GEHEIMNIS"]
    let body: JSONValue = ["error": ["errors": [entry], "code": .int(Int64(status)), "message": "GEHEIMNIS"]]
    return answer(status, body.text, headers: headers)
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
    onRequest: (@Sendable (RequestRecord) -> Void)? = nil
) throws -> GoogleClient {
    var options = GoogleClient.defaults
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

/// A number that several tasks change.
final class Counter: Sendable {
    private let number = Mutex(0)

    @discardableResult
    func add(_ change: Int) -> Int {
        number.withLock {
            $0 += change
            return $0
        }
    }

    func raise(to other: Int) { number.withLock { $0 = max($0, other) } }
}
