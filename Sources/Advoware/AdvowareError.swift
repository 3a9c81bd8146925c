public import Clients
public import HTTP

/// A call to Advoware that failed. Holds nothing of what was sent or answered but the status.
public typealias AdvowareError = RemoteError<AdvowareCode>

/// What can go wrong with Advoware; the raw value is the code for the hub.
public enum AdvowareCode: String, RemoteCode {
    /// The login said: wrong name or password.
    case wrongPassword = "advoware_wrong_password"
    /// The login said that product or user is not licensed.
    case notLicensed = "advoware_not_licensed"
    /// The login said that the office or its database is not signed in to the gateway.
    case notSignedIn = "advoware_not_signed_in"
    /// The login said that office, database or application is not registered.
    case notRegistered = "advoware_not_registered"
    /// The login was refused for a reason that we do not know.
    case loginRefused = "advoware_login_refused"
    /// The configuration cannot be used.
    case configuration = "advoware_configuration"
    /// A call was answered 401 twice, the second time with a new token.
    case unauthorized = "advoware_unauthorized"
    /// 404 to anything but the reading of one Termin.
    case notFound = "advoware_not_found"
    /// Any other 3xx or 4xx.
    case rejected = "advoware_rejected"
    /// 429.
    case rateLimited = "advoware_rate_limited"
    /// 5xx. Advoware also answers a request that it does not understand with 500.
    case serverError = "advoware_server_error"
    /// No answer in time.
    case timeout = "advoware_timeout"
    /// Nobody answers at that address.
    case unreachable = "advoware_unreachable"
    /// The connection broke before the whole answer was there.
    case connectionBroken = "advoware_connection_broken"
    /// No trusted connection.
    case tls = "advoware_tls"
    /// The answer is not what was asked for: HTML, JSON cut off, another type, another Termin.
    case badAnswer = "advoware_bad_answer"
    /// The task was cancelled.
    case cancelled = "advoware_cancelled"
    /// The caller forbade sending in the last moment.
    case notSent = "advoware_not_sent"
}

extension AdvowareCode {
    /// For people.
    public static var systemName: String { "Advoware" }
    /// What the login says in words, and any other refusal of it.
    public static var loginRefusals: Set<Self> { [.wrongPassword, .notLicensed, .notSignedIn, .notRegistered, .loginRefused] }
    /// None beside those that every system has.
    public static var passing: Set<Self> { [] }

    /// By the status; a refusal of rights by its words.
    public static func meaning(of response: HTTPResponse, to operation: String) -> (code: Self, reason: String?) {
        let code: Self =
            switch response.status {
            case 401: Self(phraseIn: response.body) ?? .unauthorized
            case 403: Self(phraseIn: response.body) ?? .rejected
            case 404: .notFound
            case 408: .timeout
            case 429: .rateLimited
            case 500...: .serverError
            default: .rejected
            }
        return (code, nil)
    }

    /// Advoware never says whose.
    public func refusingQuota(reason: String?) -> Quota? { self == .rateLimited ? .unnamed : nil }

    /// Readings, and what writes only if nothing was sent. An answer 500 is asked for again only once, because Advoware answers bad requests
    /// so.
    public static func mayRepeat(_ call: RemoteCall, after error: AdvowareError, failures: Int) -> Bool {
        switch error.code {
        case .unreachable, .tls, .timeout, .connectionBroken: !error.mayHaveActed
        case .badAnswer, .rateLimited: !call.isWrite
        case .serverError: !call.isWrite && (error.status != 500 || failures < 2)
        default: false
        }
    }

    /// What a refusal says in words. The phrases are all that Advoware gives to tell one refusal from another.
    init?(phraseIn body: [UInt8]) {
        let text = String(decoding: body.prefix(10_000), as: UTF8.self).lowercased()
        if text.contains("falscher name oder falsches kennwort") || text.contains("benutzer / kennwort ung") {
            self = .wrongPassword
        } else if text.contains("nicht freigeschaltet") {
            self = .notLicensed
        } else if text.contains("ist nicht angemeldet") {
            self = .notSignedIn
        } else if text.contains("ist nicht registriert") {
            self = .notRegistered
        } else {
            return nil
        }
    }
}
