import JSON

/// Google's quotas, when they are switched on: so many requests per user and for the whole project within a sliding window.
///
/// What is refused counts for nothing. Requests without `quotaUser` are all one user's, the service account's.
struct Quotas: Sendable {
    /// How a quota answers.
    struct Style: Sendable {
        /// 403, or 429 with `Retry-After`.
        var status = 403
        /// Seconds to ask for with a 429; nil: until there is room again.
        var retryAfter: Int?
    }

    private var perUser: Int?
    /// The only one whom `perUser` bounds; nil: everybody.
    private var user: String?
    private var perProject: Int?
    private var window: Double = 60
    private var style = Style()
    /// When requests of each user were let in, the oldest first.
    private var allowed: [String: [Moment]] = [:]
    private var refused: [String: Int] = [:]

    init() {}

    /// What `POST /control/quota` describes.
    init(_ spec: Fields) throws(ControlError) {
        let known: Set = ["per_user", "user", "per_project", "seconds", "status", "retry_after"]
        if let unknown = spec.keys.first(where: { !known.contains($0) }) {
            throw ControlError("unknown field \(unknown); allowed: \(known.sorted().joined(separator: ", "))")
        }
        perUser = spec["per_user"]?.intValue.map(Int.init)
        user = spec["user"]?.stringValue
        perProject = spec["per_project"]?.intValue.map(Int.init)
        guard (perUser ?? perProject) != nil else { throw ControlError("say per_user or per_project: requests in `seconds` (default 60)") }
        switch spec["seconds"] {
        case .double(let seconds): window = seconds
        case .int(let seconds): window = Double(seconds)
        default: break
        }
        style.status = Int(spec["status"]?.intValue ?? 403)
        style.retryAfter = spec["retry_after"]?.intValue.map(Int.init)
        guard [403, 429].contains(style.status) else { throw ControlError("status: \(style.status); allowed: 403, 429") }
    }

    /// Counts a request, or refuses it.
    mutating func take(_ quotaUser: String?, at now: Moment) throws(GoogleRefusal) {
        guard perUser != nil || perProject != nil else { return }
        let user = quotaUser ?? ""
        let start = now.adding(seconds: -window)
        for name in allowed.keys { allowed[name]?.removeAll { $0 <= start } }
        let own = allowed[user] ?? []
        let reason: String
        let oldest: Moment?
        if let perUser, self.user == nil || self.user == user, own.count >= perUser {
            (reason, oldest) = ("userRateLimitExceeded", own.first)
        } else if let perProject, allowed.values.reduce(0, { $0 + $1.count }) >= perProject {
            (reason, oldest) = ("rateLimitExceeded", allowed.values.compactMap(\.first).min())
        } else {
            allowed[user] = own + [now]
            return
        }
        refused[user, default: 0] += 1
        let room = Int((oldest ?? now).adding(seconds: window).microseconds - now.microseconds) / 1_000_000 + 1
        throw GoogleRefusal(
            status: style.status, reason: reason,
            message: reason == "rateLimitExceeded" ? "Rate Limit Exceeded" : "User Rate Limit Exceeded", domain: "usageLimits",
            retryAfter: style.status == 429 ? style.retryAfter ?? room : nil)
    }

    /// What `GET /control/quota` shows: how many requests of each user were refused.
    var description: JSONValue { .object(["refused": .object(refused.mapValues { .int(Int64($0)) })]) }
}

extension Simulator {
    /// `POST /control/quota {"per_user"?, "user"?, "per_project"?, "seconds"?, "status"?, "retry_after"?}`, `GET` and `DELETE`.
    func quota(_ method: String, _ body: Fields) throws(ControlError) -> JSONValue {
        switch method {
        case "POST": quotas = try Quotas(body)
        case "DELETE": quotas = Quotas()
        case "GET": break
        default: throw ControlError("method \(method)", status: 405)
        }
        return quotas.description
    }
}
