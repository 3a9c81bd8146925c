public import Clients
public import HTTP
import JSON

/// A call to Google Calendar that failed. Holds nothing of what was sent or answered but status and reason.
public typealias GoogleError = RemoteError<GoogleCode>

/// What can go wrong with Google Calendar; the raw value is the code for the hub.
public enum GoogleCode: String, RemoteCode {
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
    /// 410: an event that is deleted, or a sync token that is no longer valid.
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

extension GoogleCode {
    /// For people.
    public static var systemName: String { "Google" }
    /// Of the account, and of acting for a user.
    public static var loginRefusals: Set<Self> { [.loginRefused, .impersonationRefused] }
    /// Quotas that name no moment at which they open.
    public static var passing: Set<Self> { [.quotaExceeded, .calendarLimit] }

    /// By the status and Google's own reasons.
    public static func meaning(of response: HTTPResponse, to operation: String) -> (code: Self, reason: String?) {
        let body = (try? JSONValue(parsing: response.body))?["error"]
        let reasons = reasons(body)
        let code = Self(status: response.status, reasons: reasons, isCalendarCreation: operation == GoogleClient.calendarCreation)
        // A 404 is a proof of absence only as Google words it: a wrong address or a gateway answers with a page of HTML.
        return (code == .notFound && body == nil ? .badAnswer : code, reasons.first)
    }

    /// The making of calendars is limited apart from all the rest.
    public func refusingQuota(reason: String?) -> Quota? {
        switch self {
        case .rateLimited: reason == "userRateLimitExceeded" ? .user : .unnamed
        case .quotaExceeded: .unnamed
        default: nil
        }
    }

    /// An event is inserted under an id of ours and an access rule is one per user, so only the making of a calendar must not be repeated
    /// once it may have been done.
    public static func mayRepeat(_ call: RemoteCall, after error: GoogleError, failures: Int) -> Bool {
        switch error.code {
        case .rateLimited: true
        case .quotaExceeded: error.reason != "dailyLimitExceeded"
        case .unreachable, .tls, .timeout, .connectionBroken, .serverError:
            call.operation != GoogleClient.calendarCreation || !error.mayHaveActed
        case .badAnswer: !call.isWrite
        default: false
        }
    }

    /// `error.errors[].reason`, as far as they look like Google's words: anything else could be content.
    private static func reasons(_ error: JSONValue?) -> [String] {
        guard let errors = error?["errors"]?.arrayValue else { return [] }
        return errors.compactMap { $0["reason"]?.stringValue }.filter { word in
            (1...40).contains(word.utf8.count) && word.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
        }
    }

    private init(status: Int, reasons: [String], isCalendarCreation: Bool) {
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
}
