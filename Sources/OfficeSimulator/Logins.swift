import Basics
import Foundation
import JSON
import Signing

/// What a client must know to log in to the simulated Advoware.
public struct AdvowareCredentials: Sendable {
    var product = 64
    var appID = "office-simulator"
    var apiKey = Array("office-simulator-secret-key".utf8)
    var kanzlei = "lehmann-partner"
    var database = "simulation"
    var user = "sync"
    var role = 2
    var password = "Kennwort-äöü"
}

/// Both token endpoints and the tokens that they handed out.
struct Logins: Sendable {
    let credentials: AdvowareCredentials
    let key: RSAPrivateKey
    let keyID: String
    let clientEmail: String
    /// The address that a JWT may name as its audience, beside Google's own.
    var tokenURI = ""
    /// Lifetime of new tokens, seconds.
    static let lifetime = 3600
    private var advowareTokens: [String: Moment] = [:]
    private var googleTokens: [String: Moment] = [:]
    private var nonces: Set<String> = []

    init(credentials: AdvowareCredentials, key: RSAPrivateKey, clientEmail: String) {
        self.credentials = credentials
        self.key = key
        self.clientEmail = clientEmail
        keyID = hex(randomBytes(20))
    }

    func isAdvowareToken(_ token: String?, now: Moment) -> Bool { token.flatMap { advowareTokens[$0] }.map { $0 > now } ?? false }
    func isGoogleToken(_ token: String?, now: Moment) -> Bool { token.flatMap { googleTokens[$0] }.map { $0 > now } ?? false }
    mutating func revokeAdvoware() { advowareTokens = [:] }
    mutating func revokeGoogle() { googleTokens = [:] }

    // MARK: Advoware

    /// `POST …/Token`. Refusals are plain text, as Advoware's are.
    mutating func advowareToken(_ request: WireRequest, now: Moment, real: Moment, strikes: Strikes) -> WireAnswer {
        if strikes.has(.wrongPassword) { return .text("Falscher Name oder falsches Kennwort", status: 401) }
        if strikes.has(.notLicensed) { return .text("Die Kanzlei ist für dieses Produkt nicht freigeschaltet.", status: 403) }
        if strikes.has(.notRegistered) { return .text("Die Anwendung ist nicht registriert.", status: 403) }
        if strikes.has(.notSignedIn) { return .text("Die Kanzlei \(credentials.kanzlei) ist nicht angemeldet.", status: 403) }
        guard case .object(let body) = request.json else { return .text("Bad Request", status: 400) }
        guard let product = body["Product"]?.integer, let role = body["Role"]?.integer else {
            return .text("Product und Role müssen Zahlen sein.", status: 400)
        }
        let text = { (name: String) in body[name]?.stringValue ?? "" }
        guard product == credentials.product, text("AppID") == credentials.appID else {
            return .text("Die Anwendung ist nicht registriert.", status: 403)
        }
        guard text("Kanzlei") == credentials.kanzlei, text("Database") == credentials.database else {
            return .text("Die Kanzlei ist nicht angemeldet.", status: 403)
        }
        let stamp = text("RequestTimeStamp")
        let nonce = text("Nonce")
        guard UUID(uuidString: nonce) != nil, stamp.hasSuffix("Z"), let at = Moment(rfc3339: stamp) else {
            return .text("Nonce oder RequestTimeStamp ungültig.", status: 400)
        }
        guard [now, real].contains(where: { abs(at.seconds - $0.seconds) <= 900 }) else {
            return .text("RequestTimeStamp abgelaufen.", status: 401)
        }
        let message = Array("\(product):\(text("AppID")):\(nonce):\(stamp)".utf8)
        guard let expected = try? HMAC.sha512(key: credentials.apiKey, message: message),
            Base64.decode(text("HMAC512Signature")) == expected
        else {
            return .text("HMAC512Signature ungültig.", status: 401)
        }
        guard nonces.insert(nonce).inserted else { return .text("Nonce bereits verwendet.", status: 401) }
        guard text("User") == credentials.user, text("Password") == credentials.password, role == Int64(credentials.role) else {
            return .text("Falscher Name oder falsches Kennwort", status: 401)
        }
        let token = Self.newToken()
        let seconds = strikes.has(.shortToken) ? strikes[.shortToken]?.seconds ?? 5 : Double(Self.lifetime)
        advowareTokens[token] = now.adding(seconds: seconds)
        var answer: Fields = ["access_token": .string(token), "token_type": "Bearer"]
        if !strikes.has(.noExpiry) {
            if !strikes.has(.expiryInUTC) { answer["expires_in"] = .int(Int64(seconds)) }
            let end = real.adding(seconds: seconds)
            answer["expiration_utc"] = .string(end.wall(offset: 0).iso + "." + digits(end.fraction, 6) + "3Z")
        }
        return .json(.object(answer))
    }

    // MARK: Google

    /// `POST /token` with a signed JWT.
    mutating func googleToken(_ request: WireRequest, now: Moment, real: Moment, strikes: Strikes) -> WireAnswer {
        if strikes.has(.invalidGrant) { return Self.refused("invalid_grant", "Invalid grant: account not found") }
        let form = Dictionary(WireRequest.form(String(decoding: request.body, as: UTF8.self)).map { ($0.name, $0.value) }) { first, _ in
            first
        }
        guard request.method == "POST", form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer" else {
            return Self.refused("unsupported_grant_type", "Invalid grant_type")
        }
        let parts = (form["assertion"] ?? "").split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let header = Self.json(parts[0]), let claims = Self.json(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else {
            return Self.refused("invalid_grant", "Bad Request")
        }
        guard header["alg"]?.stringValue == "RS256", header["kid"]?.stringValue == keyID,
            (try? verifyRS256(message: Array((parts[0] + "." + parts[1]).utf8), signature: signature, publicKeyPEM: key.publicPEM)) == true
        else { return Self.refused("invalid_grant", "Invalid JWT Signature.") }
        guard claims["iss"]?.stringValue == clientEmail else { return Self.refused("invalid_grant", "Invalid grant: account not found") }
        guard [tokenURI, "https://oauth2.googleapis.com/token"].contains(claims["aud"]?.stringValue) else {
            return Self.refused("invalid_grant", "Invalid JWT: Failed audience check.")
        }
        guard (claims["scope"]?.stringValue ?? "").split(separator: " ").contains("https://www.googleapis.com/auth/calendar") else {
            return Self.refused("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        }
        guard let issued = claims["iat"]?.integer, let expires = claims["exp"]?.integer, expires > issued, expires - issued <= 3600,
            [now, real].contains(where: { (Int(issued) - 300...Int(expires)).contains($0.seconds) })
        else {
            return Self.refused(
                "invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.")
        }
        let token = "ya29." + Self.newToken()
        let seconds = strikes.has(.shortToken) ? strikes[.shortToken]?.seconds ?? 5 : Double(Self.lifetime - 1)
        googleTokens[token] = now.adding(seconds: seconds)
        var answer: Fields = ["access_token": .string(token), "token_type": "Bearer"]
        if !strikes.has(.noExpiry) { answer["expires_in"] = .int(Int64(seconds)) }
        return .json(.object(answer))
    }

    private static func refused(_ error: String, _ description: String) -> WireAnswer {
        .json(.object(["error": .string(error), "error_description": .string(description)]), status: 400)
    }

    private static func json(_ part: String) -> JSONValue? { Base64URL.decode(part).flatMap { try? JSONValue(parsing: $0) } }

    private static func newToken() -> String { Base64URL.encode(randomBytes(48)) }
}

extension JSONValue {
    /// A JSON number without fraction; unlike `intValue`, not a string of digits.
    var integer: Int64? {
        guard case .int(let number) = self else { return nil }
        return number
    }
}
