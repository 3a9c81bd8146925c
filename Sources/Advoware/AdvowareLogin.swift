import Basics
import Clients
import FoundationEssentials
import HTTP
import JSON
import Signing

/// The signed login and what its answer means.
struct AdvowareLogin: RemoteLogin {
    let configuration: AdvowareConfiguration

    func request(at now: Instant) throws(AdvowareError) -> HTTPRequest {
        try request(nonce: UUID().uuidString.lowercased(), at: now)
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
            throw AdvowareError(.configuration, operation: RemoteCall.login, detail: error.description)
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

    func grant(_ response: HTTPResponse, at now: Instant) throws(AdvowareError) -> TokenGrant {
        if let code = AdvowareCode(phraseIn: response.body), !(200..<300).contains(response.status) {
            throw AdvowareError(code, operation: RemoteCall.login, status: response.status)
        }
        guard (200..<300).contains(response.status) else {
            let error = AdvowareError(response, operation: RemoteCall.login, isWrite: false)
            guard !error.isTransient else { throw error }
            throw AdvowareError(.loginRefused, operation: RemoteCall.login, status: response.status)
        }
        guard let answer = try? JSONValue(parsing: response.body),
            let grant = TokenGrant(answer[caseInsensitive: "access_token"]?.stringValue, lifetime: lifetime(answer, at: now))
        else { throw AdvowareError(.badAnswer, operation: RemoteCall.login, status: response.status) }
        return grant
    }

    /// The remaining seconds if the answer says them, else the time until its end, else what is configured. An end that is already past
    /// says that one of two clocks is wrong: believing it would mean a login for every call.
    private func lifetime(_ answer: JSONValue, at now: Instant) -> Duration {
        let longest: Duration = .seconds(24 * 3600)
        if let seconds = answer[caseInsensitive: "expires_in"]?.intValue, seconds > 0 {
            return seconds < longest.components.seconds ? .seconds(seconds) : longest
        }
        // The zone is UTC by the field's name, said or not.
        if let text = answer[caseInsensitive: "expiration_utc"]?.stringValue,
            let end = Instant(rfc3339: text) ?? Instant(rfc3339: text + "Z")
        {
            let rest: Duration = .microseconds(end.microseconds) - .microseconds(now.microseconds)
            if rest > .zero { return min(rest, longest) }
        }
        return configuration.tokenLifetime
    }
}
