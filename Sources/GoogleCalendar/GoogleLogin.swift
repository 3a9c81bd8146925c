import Clients
import HTTP
import JSON
import Signing

/// The signed assertion, its exchange for a token and what the answer means.
struct GoogleLogin: Sendable {
    static let operation = "login"
    static let scope = "https://www.googleapis.com/auth/calendar"

    let account: ServiceAccount
    let impersonate: String?
    let wire: GoogleWire

    /// Logs in; tries again when the login cannot be reached, never when it refuses.
    func run() async throws(GoogleError) -> TokenKeeper<GoogleError>.Grant {
        let start = wire.options.uptime()
        var failures = 0
        while true {
            let failure: GoogleError
            do throws(GoogleError) {
                let form = formEncoded([
                    (name: "grant_type", value: "urn:ietf:params:oauth:grant-type:jwt-bearer"), (name: "assertion", value: try assertion()),
                ])
                let headers = [
                    (name: "Content-Type", value: "application/x-www-form-urlencoded"), (name: "Accept", value: "application/json"),
                ]
                let request = HTTPRequest(.post, account.tokenURI, headers: headers, body: form, timeout: wire.options.timeout)
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

    /// The JSON Web Token that proves who we are, valid for an hour. It begins half a minute ago, for clocks that run ahead of Google's.
    func assertion() throws(GoogleError) -> String {
        let start = Int64(wire.options.now().seconds) - 30
        var header: JSONValue = ["alg": "RS256", "typ": "JWT"]
        var claims: JSONValue = [
            "iss": .string(account.clientEmail), "scope": .string(Self.scope), "aud": .string(account.tokenURI), "iat": .int(start),
            "exp": .int(start + 3600),
        ]
        header = header.adding("kid", account.keyID)
        claims = claims.adding("sub", impersonate)
        let message = Base64URL.encode(header.bytes()) + "." + Base64URL.encode(claims.bytes())
        do {
            return message + "." + Base64URL.encode(try account.key.signRS256(Array(message.utf8)))
        } catch {
            throw GoogleError(.configuration, operation: Self.operation, detail: "private_key: \(error.description)")
        }
    }

    private func grant(_ response: HTTPResponse) throws(GoogleError) -> TokenKeeper<GoogleError>.Grant {
        let answer = try? JSONValue(parsing: response.body)
        guard (200..<300).contains(response.status) else {
            let error = GoogleError(response, operation: Self.operation, isWrite: false)
            guard !error.isTransient else { throw error }
            // `unauthorized_client` is what a missing delegation is answered with.
            let isDelegation = impersonate != nil && answer?["error"]?.stringValue == "unauthorized_client"
            throw GoogleError(isDelegation ? .impersonationRefused : .loginRefused, operation: Self.operation, status: response.status)
        }
        guard let token = answer?["access_token"]?.stringValue, !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw GoogleError(.badAnswer, operation: Self.operation, status: response.status)
        }
        let seconds = answer?["expires_in"]?.intValue ?? 3600
        return TokenKeeper.Grant(text: token, lifetime: .seconds((1...86_400).contains(seconds) ? seconds : 3600))
    }
}

extension JSONValue {
    /// The object with one more field; unchanged if the value is nil or empty.
    func adding(_ name: String, _ value: String?) -> JSONValue {
        guard let value, !value.isEmpty, var fields = objectValue else { return self }
        fields[name] = .string(value)
        return .object(fields)
    }
}
