import JSON

/// An error as Google words it: `{"error": {"errors": [{"domain", "reason", "message"}], "code", "message"}}`.
struct GoogleRefusal: Error, Sendable, Hashable {
    var status: Int
    var reason: String
    var message: String
    var domain = "global"
    /// Seconds for `Retry-After`; nil: no such header.
    var retryAfter: Int?
    /// Whether that header says it as a date, as HTTP allows.
    var retryAfterIsDate = false

    static let notFound = GoogleRefusal(status: 404, reason: "notFound", message: "Not Found")
    static let deleted = GoogleRefusal(status: 410, reason: "deleted", message: "Resource has been deleted")
    static let duplicate = GoogleRefusal(status: 409, reason: "duplicate", message: "The requested identifier already exists.")
    static let preconditionFailed = GoogleRefusal(status: 412, reason: "conditionNotMet", message: "Precondition Failed")
    static let fullSyncRequired = GoogleRefusal(
        status: 410, reason: "fullSyncRequired", message: "Sync token is no longer valid, a full sync is required.", domain: "calendar")
    static let authError = GoogleRefusal(status: 401, reason: "authError", message: "Invalid Credentials")
    static let forbidden = GoogleRefusal(status: 403, reason: "forbidden", message: "Forbidden")
    static let forbiddenForNonOrganizer = GoogleRefusal(
        status: 403, reason: "forbiddenForNonOrganizer", message: "Shared properties can only be changed by the organizer of the event.",
        domain: "calendar")
    static let rateLimit = GoogleRefusal(status: 403, reason: "rateLimitExceeded", message: "Rate Limit Exceeded", domain: "usageLimits")
    static let userRateLimit = GoogleRefusal(
        status: 403, reason: "userRateLimitExceeded", message: "User Rate Limit Exceeded", domain: "usageLimits")
    static let insufficientPermissions = GoogleRefusal(
        status: 403, reason: "insufficientPermissions", message: "Request had insufficient authentication scopes.")
    static let quota = GoogleRefusal(
        status: 403, reason: "quotaExceeded", message: "Calendar usage limits exceeded.", domain: "usageLimits")
    static let timeRangeEmpty = GoogleRefusal(
        status: 400, reason: "timeRangeEmpty", message: "The specified time range is empty.", domain: "calendar")

    static func invalid(_ message: String) -> GoogleRefusal { GoogleRefusal(status: 400, reason: "invalid", message: message) }
    static func required(_ message: String) -> GoogleRefusal { GoogleRefusal(status: 400, reason: "required", message: message) }
    static func badRequest(_ message: String) -> GoogleRefusal { GoogleRefusal(status: 400, reason: "badRequest", message: message) }

    /// The same with the `Retry-After` that the fault asks for, if it does.
    func waiting(as fault: Fault?) -> GoogleRefusal {
        var refusal = self
        refusal.retryAfter = fault?.retryAfter ?? retryAfter
        refusal.retryAfterIsDate = fault?.retryAfterIsDate ?? false
        return refusal
    }

    var body: JSONValue {
        let entry: JSONValue = .object(["domain": .string(domain), "reason": .string(reason), "message": .string(message)])
        return .object(["error": .object(["errors": .array([entry]), "code": .int(Int64(status)), "message": .string(message)])])
    }
}
