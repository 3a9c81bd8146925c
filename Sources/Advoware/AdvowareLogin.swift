import Appointments
import Clients
import FoundationEssentials
import HTTP
import JSON
import Signing

/// The signed login and what its answer means.
struct AdvowareLogin: Sendable {
    static let operation = "login"

    let configuration: AdvowareConfiguration
    let wire: AdvowareWire

    /// Logs in; tries again when the login cannot be reached, never when it refuses.
    func run() async throws(AdvowareError) -> TokenKeeper<AdvowareError>.Grant {
        let start = wire.options.uptime()
        var failures = 0
        while true {
            let failure: AdvowareError
            do throws(AdvowareError) {
                let nonce = UUID().uuidString.lowercased()
                let request = try request(nonce: nonce, at: wire.options.now())
                return try grant(await wire.exchange(request, operation: Self.operation, attempt: failures + 1, isWrite: false))
            } catch {
                failure = error
            }
            failures += 1
            guard failure.isTransient, await wire.pause(failures: failures, since: start, retryAfter: failure.retryAfter) else {
                throw failure
            }
        }
    }

    /// The request, signed for this nonce and time.
    func request(nonce: String, at time: Instant) throws(AdvowareError) -> HTTPRequest {
        // Milliseconds, as Advoware's own clients send them.
        let stamp = time.description.prefix("2026-08-30T00:00:00.000".count) + "Z"
        let message = "\(configuration.productID):\(configuration.appID):\(nonce):\(stamp)"
        let signature: [UInt8]
        do {
            signature = try HMAC.sha512(key: configuration.apiKey, message: Array(message.utf8))
        } catch {
            throw AdvowareError(.configuration, operation: Self.operation, detail: error.description)
        }
        let body: JSONValue = [
            "AppID": .string(configuration.appID), "Kanzlei": .string(configuration.kanzlei), "Database": .string(configuration.database),
            "User": .string(configuration.user), "Role": .int(Int64(configuration.role)), "Product": .int(Int64(configuration.productID)),
            "Password": .string(configuration.password), "Nonce": .string(nonce), "HMAC512Signature": .string(Base64.encode(signature)),
            "RequestTimeStamp": .string(String(stamp)),
        ]
        let headers = [(name: "Content-Type", value: "application/json; charset=utf-8"), (name: "Accept", value: "application/json")]
        return HTTPRequest(.post, configuration.authURL, headers: headers, body: body.bytes(), timeout: configuration.timeout)
    }

    private func grant(_ response: HTTPResponse) throws(AdvowareError) -> TokenKeeper<AdvowareError>.Grant {
        if let code = AdvowareError.Code(phraseIn: response.body), !(200..<300).contains(response.status) {
            throw AdvowareError(code, operation: Self.operation, status: response.status)
        }
        guard (200..<300).contains(response.status) else {
            let error = AdvowareError(response, operation: Self.operation, isWrite: false)
            guard !error.isTransient else { throw error }
            throw AdvowareError(.loginRefused, operation: Self.operation, status: response.status)
        }
        guard let answer = try? JSONValue(parsing: response.body), let token = answer[caseInsensitive: "access_token"]?.stringValue,
            !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw AdvowareError(.badAnswer, operation: Self.operation, status: response.status) }
        return TokenKeeper.Grant(text: token, lifetime: lifetime(answer))
    }

    /// The remaining seconds if the answer says them, else the time until its end, else what is configured. An end that is already past
    /// says that one of two clocks is wrong: believing it would mean a login for every call.
    private func lifetime(_ answer: JSONValue) -> Duration {
        let longest: Duration = .seconds(24 * 3600)
        if let seconds = answer[caseInsensitive: "expires_in"]?.intValue, seconds > 0 {
            return seconds < longest.components.seconds ? .seconds(seconds) : longest
        }
        // The zone is UTC by the field's name, said or not.
        if let text = answer[caseInsensitive: "expiration_utc"]?.stringValue,
            let end = Instant(rfc3339: text) ?? Instant(rfc3339: text + "Z")
        {
            let rest: Duration = .microseconds(end.microseconds) - .microseconds(wire.options.now().microseconds)
            if rest > .zero { return min(rest, longest) }
        }
        return configuration.tokenLifetime
    }
}
