import Clients
import HTTP
import JSON

/// A call to Google Calendar that failed. Holds nothing of what was sent or answered but status and reason.
public struct GoogleError: Error, Hashable, CustomStringConvertible {
    /// What went wrong; the raw value is the code for the hub.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The login refuses the account, its key or this host's clock.
        case loginRefused = "google_login_refused"
        /// The login refuses to act for the user of `GOOGLE_CALENDAR_IMPERSONATE`.
        case impersonationRefused = "google_impersonation_refused"
        /// Key file or address cannot be used.
        case configuration = "google_configuration"
        /// A call was answered 401 twice, the second time with a new token.
        case unauthorized = "google_unauthorized"
        /// 403 for lack of rights.
        case forbidden = "google_forbidden"
        /// 429, or 403 with `rateLimitExceeded` or `userRateLimitExceeded`.
        case rateLimited = "google_rate_limited"
        /// 403 with `quotaExceeded` or `dailyLimitExceeded`.
        case quotaExceeded = "google_quota_exceeded"
        /// 403 with `quotaExceeded` to the making of a calendar, which is limited separately and for hours.
        case calendarLimit = "google_calendar_limit"
        /// 404, and Google itself says so.
        case notFound = "google_not_found"
        /// 410: an event that is deleted, or a sync token that no longer holds.
        case gone = "google_gone"
        /// 409: the id is used, be it by a deleted event.
        case duplicate = "google_duplicate"
        /// 412: the event is not the one that was read.
        case preconditionFailed = "google_precondition_failed"
        /// Any other 3xx or 4xx.
        case rejected = "google_rejected"
        /// 5xx.
        case serverError = "google_server_error"
        /// No answer in time.
        case timeout = "google_timeout"
        /// Nobody answers at that address.
        case unreachable = "google_unreachable"
        /// The connection broke before the whole answer was there.
        case connectionBroken = "google_connection_broken"
        /// No trusted connection.
        case tls = "google_tls"
        /// The answer is not what was asked for: HTML, JSON cut off, another resource.
        case badAnswer = "google_bad_answer"
        /// The task was cancelled.
        case cancelled = "google_cancelled"
        /// The caller forbade sending in the last moment.
        case notSent = "google_not_sent"
    }

    /// What went wrong.
    public let code: Code
    /// Which call, for example `events.list`.
    public let operation: String
    /// The status of the answer; nil if there was none.
    public let status: Int?
    /// Google's word for it, for example `rateLimitExceeded`: letters only, nil if there is none.
    public let reason: String?
    /// Whether Google may have done what it was asked to, in this try or an earlier one. Always false for readings and logins.
    public internal(set) var mayHaveActed: Bool
    /// How long Google asks to wait.
    public let retryAfter: Duration?
    /// A few words more, without content of request or answer.
    public let detail: String

    /// An error; also for fakes in tests.
    public init(
        _ code: Code, operation: String, status: Int? = nil, reason: String? = nil, mayHaveActed: Bool = false, retryAfter: Duration? = nil,
        detail: String = ""
    ) {
        self.code = code
        self.operation = operation
        self.status = status
        self.reason = reason
        self.mayHaveActed = mayHaveActed
        self.retryAfter = retryAfter
        self.detail = detail
    }

    init(configuration detail: String) {
        self.init(.configuration, operation: "configuration", detail: detail)
    }

    /// The short word for the hub, for example `google_rate_limited`.
    public var hubCode: String { code.rawValue }

    /// For example `google_forbidden in events.insert (status 403, insufficientPermissions)`.
    public var description: String {
        let answer = status.map { " (status \($0)" + (reason.map { ", \($0)" } ?? "") + ")" } ?? ""
        return "\(hubCode) in \(operation)\(answer)" + (detail.isEmpty ? "" : ": \(detail)")
    }

    /// Whether Google does not let us in, which waiting does not mend.
    public var isLoginRefusal: Bool {
        code == .loginRefused || code == .impersonationRefused
    }

    /// Whether Google could not be reached or was in no state to answer.
    public var isUnreachable: Bool {
        switch code {
        case .timeout, .unreachable, .connectionBroken, .tls, .serverError: true
        default: false
        }
    }

    /// Whether the same call may succeed later without anybody mending anything.
    public var isTransient: Bool {
        switch code {
        case .badAnswer, .rateLimited, .quotaExceeded, .calendarLimit: true
        default: isUnreachable
        }
    }
}

extension GoogleError {
    /// The quota that refused the request; nil: it was no quota. The making of calendars is limited apart from all the rest.
    var refusingQuota: Quota? {
        switch code {
        case .rateLimited: reason == "userRateLimitExceeded" ? .user : .unnamed
        case .quotaExceeded: .unnamed
        case .serverError: status == 503 && retryAfter != nil ? .unnamed : nil
        default: nil
        }
    }

    /// What the end of a request says about the quotas.
    static func verdict(_ result: Result<HTTPResponse, GoogleError>, of call: GoogleCall) -> Verdict {
        guard case .success(let response) = result else { return .silent }
        if response.status < 400 { return .passed }
        let error = GoogleError(response, operation: call.operation, isWrite: call.isWrite)
        if let quota = error.refusingQuota { return .refused(by: quota, retryAfter: error.retryAfter) }
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
        let body = (try? JSONValue(parsing: response.body))?["error"]
        let reasons = Self.reasons(body)
        var code = Code(status: response.status, reasons: reasons, isCalendarCreation: operation == GoogleCall.calendarCreation)
        // A 404 is a proof of absence only as Google words it: a wrong address or a gateway answers with a page of HTML.
        if code == .notFound, body == nil { code = .badAnswer }
        let isRefusal = (400..<500).contains(response.status) && response.status != 408
        self.init(
            code, operation: operation, status: response.status, reason: reasons.first, mayHaveActed: isWrite && !isRefusal,
            retryAfter: response.retryAfter)
    }

    /// `error.errors[].reason`, as far as they look like Google's words: anything else could be content.
    private static func reasons(_ error: JSONValue?) -> [String] {
        guard let errors = error?["errors"]?.arrayValue else { return [] }
        return errors.compactMap { $0["reason"]?.stringValue }.filter { word in
            (1...40).contains(word.utf8.count) && word.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
        }
    }
}

extension GoogleError.Code {
    init(status: Int, reasons: [String], isCalendarCreation: Bool) {
        let has = { (words: Set<String>) in reasons.contains(where: words.contains) }
        self =
            switch status {
            case 401: .unauthorized
            case 403 where has(["rateLimitExceeded", "userRateLimitExceeded"]): .rateLimited
            case 403 where has(["quotaExceeded", "dailyLimitExceeded"]): isCalendarCreation ? .calendarLimit : .quotaExceeded
            case 403: .forbidden
            case 404: .notFound
            case 408: .timeout
            case 409: .duplicate
            case 410: .gone
            case 412: .preconditionFailed
            case 429: .rateLimited
            case 500...: .serverError
            default: .rejected
            }
    }

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
}
