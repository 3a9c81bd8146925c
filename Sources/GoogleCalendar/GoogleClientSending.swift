import Clients
import HTTP
import JSON

/// One request, ready to be sent as often as needed.
struct GoogleCall: Sendable {
    static let calendarCreation = "calendars.insert"

    let operation: String
    var method: HTTPMethod = .get
    let url: URLBuilder
    let quotaUser: String
    var body: JSONValue?
    var ifMatch: String?
    var permit: SendingPermit?

    var isWrite: Bool { method != .get }

    /// Google lets `quotaUser` have 40 characters.
    var user: String { String(quotaUser.unicodeScalars.prefix(40)) }
    var address: String { url.query("quotaUser", user).url }

    /// Whether trying again can help and cannot do anything twice. An event is inserted under an id of ours and an access rule is one per
    /// user, so only the making of a calendar must not be repeated once it may have been done.
    func mayRepeat(after error: GoogleError) -> Bool {
        switch error.code {
        case .rateLimited: true
        case .quotaExceeded: error.reason != "dailyLimitExceeded"
        case .unreachable, .tls, .timeout, .connectionBroken, .serverError: operation != Self.calendarCreation || !error.mayHaveActed
        case .badAnswer: !isWrite
        default: false
        }
    }
}

/// Sends requests one by one and tells the observer.
struct GoogleWire: Sendable {
    let transport: any HTTPTransport
    let options: GoogleClient.Options
    let limiter: RateLimiter

    init(transport: any HTTPTransport, options: GoogleClient.Options) {
        self.transport = transport
        self.options = options
        limiter = RateLimiter(concurrency: options.concurrency, uptime: options.uptime, sleep: options.sleep)
    }

    func exchange(_ request: HTTPRequest, operation: String, attempt: Int, isWrite: Bool) async throws(GoogleError) -> HTTPResponse {
        let start = options.uptime()
        let result: Result<HTTPResponse, any Error>
        do { result = .success(try await transport.send(request)) } catch { result = .failure(error) }
        options.onRequest?(
            GoogleClient.RequestRecord(
                system: "google", method: request.method, operation: operation, status: (try? result.get())?.status,
                duration: options.uptime() - start, attempt: attempt))
        do { return try result.get() } catch { throw GoogleError(error, operation: operation, isWrite: isWrite) }
    }

    /// Waits before the next try.
    ///
    /// - Returns: false if tries or time are used up or the task is cancelled.
    func pause(failures: Int, since start: Duration, retryAfter: Duration?) async -> Bool {
        guard failures < options.maximumTries else { return false }
        let delay = options.backoff.delay(attempt: failures - 1, retryAfter: retryAfter)
        guard options.uptime() - start + delay < options.maximumTotal else { return false }
        return (try? await options.sleep(delay)) != nil
    }
}

extension GoogleClient {
    /// Sends a request with a token: once more with a new one after a 401, and again after failures that may be repeated.
    ///
    /// - Parameter read: what a 2xx means; nil is a bad answer.
    func send<Answer: Sendable>(_ call: GoogleCall, read: (HTTPResponse) -> Answer?) async throws(GoogleError) -> Answer {
        var start: Duration?
        var failures = 0
        var attempt = 0
        var refusedToken = 0
        var last: GoogleError?
        while true {
            attempt += 1
            let ticket = try await turn(call, until: (start ?? options.uptime()) + options.maximumTotal, after: last)
            // The time spent waiting behind others is not the call's own.
            let begun = start ?? ticket.startedAt
            start = begun
            let (result, token) = await transmit(call, after: refusedToken, attempt: attempt)
            await wire.limiter.leave(ticket, GoogleError.verdict(result, of: call))
            var failure: GoogleError
            switch result {
            case .success(let response):
                if response.status == 401, refusedToken == 0 {
                    refusedToken = token
                    continue
                }
                if (200..<300).contains(response.status) {
                    if let answer = read(response) { return answer }
                    failure = GoogleError(.badAnswer, operation: call.operation, status: response.status, mayHaveActed: call.isWrite)
                } else {
                    failure = GoogleError(response, operation: call.operation, isWrite: call.isWrite)
                }
            case .failure(let error): failure = error
            }
            failures += 1
            // What a later answer says does not undo what an earlier try may have done.
            failure.mayHaveActed = failure.mayHaveActed || last?.mayHaveActed ?? false
            last = failure
            // A login has made its own tries.
            guard failure.operation != GoogleLogin.operation, call.mayRepeat(after: failure), failures < options.maximumTries else {
                throw failure
            }
            // The limiter makes a throttled one wait, and those with it.
            if failure.refusingQuota == nil {
                guard await wire.pause(failures: failures, since: begun, retryAfter: failure.retryAfter) else { throw failure }
            }
        }
    }

    /// Waits for the call's turn; gives up at once where the quota stays closed for too long.
    private func turn(
        _ call: GoogleCall, until deadline: Duration, after last: GoogleError?
    ) async throws(GoogleError) -> RateLimiter.Ticket {
        do {
            return try await wire.limiter.enter(user: call.user, deadline: deadline)
        } catch {
            if let last { throw last }
            switch error {
            case .cancelled: throw GoogleError(.cancelled, operation: call.operation)
            case .closed(let time):
                throw GoogleError(.rateLimited, operation: call.operation, retryAfter: time, detail: "not sent: Google asked to wait")
            }
        }
    }

    /// One try: the token, then the request.
    ///
    /// - Returns: the answer, whatever its status, and the number of the token.
    private func transmit(
        _ call: GoogleCall, after refusedToken: Int, attempt: Int
    ) async -> (Result<HTTPResponse, GoogleError>, token: Int) {
        do throws(GoogleError) {
            let token = try await tokens.token(after: refusedToken)
            return (.success(try await transmit(call, token: token.text, attempt: attempt)), token.number)
        } catch {
            return (.failure(error), refusedToken)
        }
    }

    private func transmit(_ call: GoogleCall, token: String, attempt: Int) async throws(GoogleError) -> HTTPResponse {
        var headers = [(name: "Authorization", value: "Bearer \(token)"), (name: "Accept", value: "application/json")]
        if call.body != nil { headers.append((name: "Content-Type", value: "application/json; charset=utf-8")) }
        if let etag = call.ifMatch { headers.append((name: "If-Match", value: etag)) }
        let request = HTTPRequest(
            call.method, call.address, headers: headers, body: call.body?.bytes(), timeout: options.timeout, permit: call.permit)
        return try await wire.exchange(request, operation: call.operation, attempt: attempt, isWrite: call.isWrite)
    }

    /// Reads pages until one has no `nextPageToken`, be they short or empty.
    ///
    /// - Returns: all `items`, and the last page.
    /// - Throws: also `badAnswer` if a page token comes twice, which would never end.
    func pages(_ call: (_ pageToken: String?) -> GoogleCall) async throws(GoogleError) -> (items: [JSONValue], last: JSONValue) {
        var items: [JSONValue] = []
        var pageToken: String?
        var seen: Set<String> = []
        while true {
            let call = call(pageToken)
            let page = try await send(call, read: Self.page)
            items += page["items"]?.arrayValue ?? []
            pageToken = page["nextPageToken"]?.stringValue
            guard let pageToken, !pageToken.isEmpty else { return (items, page) }
            guard seen.insert(pageToken).inserted else {
                throw GoogleError(.badAnswer, operation: call.operation, status: 200, detail: "a page token came twice")
            }
        }
    }

    /// An empty page may come without `items`, but not without anything that tells it from another answer.
    private static func isPage(_ page: JSONValue) -> Bool {
        guard let items = page["items"] else { return page["kind"] != nil || page["nextPageToken"] != nil || page["nextSyncToken"] != nil }
        return items.arrayValue != nil
    }

    /// The object that an answer holds. Spelt with guards, because `nil` in an expression of type ``JSONValue`` means `null`.
    static func object(_ response: HTTPResponse) -> JSONValue? {
        guard let value = try? JSONValue(parsing: response.body), value.objectValue != nil else { return nil }
        return value
    }

    private static func page(_ response: HTTPResponse) -> JSONValue? {
        guard let page = object(response), isPage(page) else { return nil }
        return page
    }
}
