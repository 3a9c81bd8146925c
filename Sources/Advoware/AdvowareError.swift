import Clients
import HTTP

/// A call to Advoware that failed. Holds nothing of what was sent or answered but the status.
public struct AdvowareError: Error, Hashable, CustomStringConvertible {
    /// What went wrong; the raw value is the code for the hub.
    public enum Code: String, Sendable, Hashable, CaseIterable {
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

    /// What went wrong.
    public let code: Code
    /// Which call, for example `termine`.
    public let operation: String
    /// The status of the answer; nil if there was none.
    public let status: Int?
    /// Whether Advoware may have done what it was asked to. Always false for readings and logins.
    public internal(set) var mayHaveActed: Bool
    /// How long Advoware asks to wait.
    public let retryAfter: Duration?
    /// A few words more, without content of request or answer.
    public let detail: String

    /// An error; also for fakes in tests.
    public init(
        _ code: Code, operation: String, status: Int? = nil, mayHaveActed: Bool = false, retryAfter: Duration? = nil, detail: String = ""
    ) {
        self.code = code
        self.operation = operation
        self.status = status
        self.mayHaveActed = mayHaveActed
        self.retryAfter = retryAfter
        self.detail = detail
    }

    init(configuration detail: String) {
        self.init(.configuration, operation: "configuration", detail: detail)
    }

    /// The short word for the hub, for example `advoware_timeout`.
    public var hubCode: String { code.rawValue }

    /// For example `advoware_server_error in termine (status 503)`.
    public var description: String {
        "\(hubCode) in \(operation)" + (status.map { " (status \($0))" } ?? "") + (detail.isEmpty ? "" : ": \(detail)")
    }

    /// Whether Advoware does not let us in, which waiting does not mend.
    public var isLoginRefusal: Bool {
        switch code {
        case .wrongPassword, .notLicensed, .notSignedIn, .notRegistered, .loginRefused: true
        default: false
        }
    }

    /// Whether Advoware could not be reached or was in no state to answer.
    public var isUnreachable: Bool {
        switch code {
        case .timeout, .unreachable, .connectionBroken, .tls, .serverError: true
        default: false
        }
    }

    /// Whether the same call may succeed later without anybody mending anything.
    public var isTransient: Bool {
        isUnreachable || code == .badAnswer || code == .rateLimited
    }
}

extension AdvowareError {
    /// Whether the request was one too many, or came while Advoware wants to be left alone.
    var isThrottling: Bool { code == .rateLimited || (status == 503 && retryAfter != nil) }

    /// What the end of a request says about how many are welcome.
    static func verdict(_ result: Result<HTTPResponse, AdvowareError>, of call: AdvowareCall) -> Verdict {
        guard case .success(let response) = result else { return .silent }
        let error = AdvowareError(response, operation: call.operation, isWrite: call.isWrite)
        if error.isThrottling { return .refused(by: .unnamed, retryAfter: error.retryAfter) }
        return response.status < 500 ? .passed : .silent
    }

    /// No answer.
    init(_ error: any Error, operation: String, isWrite: Bool) {
        guard let error = error as? HTTPError else {
            let code: Code = error is CancellationError ? .cancelled : .connectionBroken
            self.init(code, operation: operation, mayHaveActed: isWrite)
            return
        }
        self.init(Code(error.code), operation: operation, mayHaveActed: isWrite && !error.nothingWasSent, detail: error.description)
    }

    /// An answer that is no success. What a 4xx refuses was not done; whether a 408 or 5xx did something, nobody knows.
    init(_ response: HTTPResponse, operation: String, isWrite: Bool) {
        let status = response.status
        let code: Code =
            switch status {
            case 401: Code(phraseIn: response.body) ?? .unauthorized
            case 403: Code(phraseIn: response.body) ?? .rejected
            case 404: .notFound
            case 408: .timeout
            case 429: .rateLimited
            case 500...: .serverError
            default: .rejected
            }
        let isRefusal = (400..<500).contains(status) && status != 408
        self.init(code, operation: operation, status: status, mayHaveActed: isWrite && !isRefusal, retryAfter: response.retryAfter)
    }
}

extension AdvowareError.Code {
    init(_ code: HTTPError.Code) {
        self =
            switch code {
            case .invalidURL: .configuration
            case .cannotConnect: .unreachable
            case .timedOut: .timeout
            case .connectionBroken: .connectionBroken
            case .tls: .tls
            case .tooLarge, .protocolError: .badAnswer
            case .cancelled: .cancelled
            case .notPermitted: .notSent
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
