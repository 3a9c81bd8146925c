public import Basics
public import HTTP

/// How one remote system is asked for a token.
public protocol RemoteLogin<Code>: Sendable {
    /// The system's codes.
    associatedtype Code: RemoteCode
    /// The request, made anew for each try.
    func request(at now: Instant) throws(RemoteError<Code>) -> HTTPRequest
    /// What the answer brings.
    func grant(_ response: HTTPResponse, at now: Instant) throws(RemoteError<Code>) -> TokenGrant
}

/// Sends the calls to one remote system: in turn, with a token, again where that can help, and tells the observer of each request.
public struct RemoteSender<Code: RemoteCode>: Sendable {
    private let options: RemoteOptions
    private let wire: Wire<Code>
    let tokens: TokenCache<Code>
    private let limiter: RateLimiter

    /// A sender; it logs in with the first call.
    public init(transport: any HTTPTransport, options: RemoteOptions, login: any RemoteLogin<Code>) {
        let wire = Wire<Code>(transport: transport, options: options)
        self.options = options
        self.wire = wire
        limiter = RateLimiter(concurrency: options.concurrency, uptime: options.uptime, sleep: options.sleep)
        tokens = TokenCache(uptime: options.uptime) { () async throws(RemoteError<Code>) in try await wire.run(login) }
    }

    /// How many requests may be in flight, logins not counted.
    public var concurrency: Int {
        get async { await limiter.concurrency }
    }

    /// Allows so many requests in flight from now on, at least 1.
    public func allow(_ concurrency: Int) async { await limiter.allow(concurrency) }

    /// Logs in anew, for a check of the configuration.
    public func login() async throws(RemoteError<Code>) { try await tokens.renew() }

    /// Sends a call with a token: once more with a new one after a 401, and again after failures that may be repeated.
    ///
    /// - Parameters:
    ///   - taken: a status beside the successful ones that is an answer as well.
    ///   - read: what an answer means; nil is a bad one.
    public func send<Answer: Sendable>(
        _ call: RemoteCall, taking taken: Int? = nil, read: (HTTPResponse) -> Answer?
    ) async throws(RemoteError<Code>) -> Answer {
        var start: Duration?
        var (failures, attempt, refusedToken) = (0, 0, 0)
        var last: RemoteError<Code>?
        while true {
            attempt += 1
            let ticket = try await turn(call, until: (start ?? options.uptime()) + options.maximumTotal, after: last)
            // The time spent waiting behind others is not the call's own.
            let begun = start ?? ticket.startedAt
            start = begun
            let (result, token) = await transmit(call, after: refusedToken, attempt: attempt)
            await limiter.leave(ticket, verdict(result, of: call))
            var failure: RemoteError<Code>
            switch result {
            case .success(let response):
                if response.status == 401, refusedToken == 0 {
                    refusedToken = token
                    continue
                }
                if (200..<300).contains(response.status) || response.status == taken {
                    if let answer = read(response) { return answer }
                    failure = RemoteError(.badAnswer, operation: call.operation, status: response.status, mayHaveActed: call.isWrite)
                } else {
                    failure = RemoteError(response, operation: call.operation, isWrite: call.isWrite)
                }
            case .failure(let error): failure = error
            }
            failures += 1
            // What a later answer says does not undo what an earlier try may have done.
            failure.mayHaveActed = failure.mayHaveActed || last?.mayHaveActed ?? false
            last = failure
            // A login has made its own tries.
            guard failure.operation != RemoteCall.login, Code.mayRepeat(call, after: failure, failures: failures),
                failures < options.maximumTries
            else { throw failure }
            // The limiter makes a throttled one wait, and those with it.
            if failure.refusingQuota == nil {
                guard await wire.pause(failures: failures, since: begun, retryAfter: failure.retryAfter) else { throw failure }
            }
        }
    }

    /// Reads pages until one names no next page, be they short or empty.
    ///
    /// - Parameter read: a page and the token of the next; nil is a bad answer.
    /// - Throws: also `badAnswer` if a page token comes twice, which would never end.
    public func pages<Page: Sendable>(
        _ call: (_ pageToken: String?) -> RemoteCall, read: (HTTPResponse) -> (page: Page, next: String?)?
    ) async throws(RemoteError<Code>) -> [Page] {
        var pages: [Page] = []
        var pageToken: String?
        var seen: Set<String> = []
        while true {
            let call = call(pageToken)
            let (page, next) = try await send(call, read: read)
            pages.append(page)
            guard let next, !next.isEmpty else { return pages }
            guard seen.insert(next).inserted else {
                throw RemoteError(.badAnswer, operation: call.operation, status: 200, detail: "a page token came twice")
            }
            pageToken = next
        }
    }

    /// Waits for the call's turn; gives up at once where the system wants to be left alone for too long.
    private func turn(
        _ call: RemoteCall, until deadline: Duration, after last: RemoteError<Code>?
    ) async throws(RemoteError<Code>) -> RateLimiter.Ticket {
        do {
            return try await limiter.enter(user: call.user, deadline: deadline)
        } catch {
            if let last { throw last }
            switch error {
            case .cancelled: throw RemoteError(.cancelled, operation: call.operation)
            case .closed(let time):
                throw RemoteError(
                    .rateLimited, operation: call.operation, retryAfter: time, detail: "not sent: \(Code.systemName) asked to wait")
            }
        }
    }

    /// One try: the token, then the request.
    ///
    /// - Returns: the answer, whatever its status, and the number of the token.
    private func transmit(
        _ call: RemoteCall, after refusedToken: Int, attempt: Int
    ) async -> (Result<HTTPResponse, RemoteError<Code>>, token: Int) {
        do throws(RemoteError<Code>) {
            let token = try await tokens.token(after: refusedToken)
            let request = call.request(with: token.text)
            return (
                .success(try await wire.exchange(request, operation: call.operation, attempt: attempt, isWrite: call.isWrite)), token.number
            )
        } catch {
            return (.failure(error), refusedToken)
        }
    }

    /// What the end of a request says about the quotas.
    private func verdict(_ result: Result<HTTPResponse, RemoteError<Code>>, of call: RemoteCall) -> Verdict {
        guard case .success(let response) = result else { return .silent }
        if response.status < 400 { return .passed }
        let error = RemoteError<Code>(response, operation: call.operation, isWrite: call.isWrite)
        if let quota = error.refusingQuota { return .refused(by: quota, retryAfter: error.retryAfter) }
        return response.status < 500 ? .passed : .silent
    }
}
