import Basics
import Clients
import HTTP
import JSON
import Signing

/// The signed assertion, its exchange for a token and what the answer means.
struct GoogleLogin: RemoteLogin {
    static let scope = "https://www.googleapis.com/auth/calendar"

    let account: ServiceAccount
    let impersonate: String?

    func request(at now: Instant) throws(GoogleError) -> HTTPRequest {
        let form = formEncoded([
            (name: "grant_type", value: "urn:ietf:params:oauth:grant-type:jwt-bearer"), (name: "assertion", value: try assertion(at: now)),
        ])
        let headers = [(name: "Content-Type", value: "application/x-www-form-urlencoded"), (name: "Accept", value: "application/json")]
        return HTTPRequest(.post, account.tokenURI, headers: headers, body: form, timeout: GoogleClient.timeout)
    }

    /// The JSON Web Token that proves who we are, valid for an hour. It begins half a minute ago, for clocks that run ahead of Google's.
    private func assertion(at now: Instant) throws(GoogleError) -> String {
        let start = Int64(now.seconds) - 30
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
            throw GoogleError(.configuration, operation: RemoteCall.login, detail: "private_key: \(error.description)")
        }
    }

    func grant(_ response: HTTPResponse, at now: Instant) throws(GoogleError) -> TokenGrant {
        let answer = try? JSONValue(parsing: response.body)
        guard (200..<300).contains(response.status) else {
            let error = GoogleError(response, operation: RemoteCall.login, isWrite: false)
            guard !error.isTransient else { throw error }
            // `unauthorized_client` is what a missing delegation is answered with.
            let isDelegation = impersonate != nil && answer?["error"]?.stringValue == "unauthorized_client"
            throw GoogleError(isDelegation ? .impersonationRefused : .loginRefused, operation: RemoteCall.login, status: response.status)
        }
        let seconds = answer?["expires_in"]?.intValue ?? 3600
        let lifetime: Duration = .seconds((1...86_400).contains(seconds) ? seconds : 3600)
        guard let grant = TokenGrant(answer?["access_token"]?.stringValue, lifetime: lifetime) else {
            throw GoogleError(.badAnswer, operation: RemoteCall.login, status: response.status)
        }
        return grant
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
