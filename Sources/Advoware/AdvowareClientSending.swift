import Clients
import HTTP

/// One call, ready to be sent as often as needed.
struct AdvowareCall: Sendable {
    let operation: String
    var method: HTTPMethod = .get
    let url: String
    var body: [UInt8]?
    var permit: SendingPermit?

    var isWrite: Bool { method != .get }

    /// Whether trying again can help and cannot do anything twice.
    func mayRepeat(after error: AdvowareError, failures: Int) -> Bool {
        switch error.code {
        case .unreachable, .tls, .timeout, .connectionBroken: !error.mayHaveActed
        case .badAnswer, .rateLimited: !isWrite
        case .serverError: !isWrite && (error.status != 500 || failures < 2)
        default: false
        }
    }
}

/// Sends requests one by one and tells the observer.
struct AdvowareWire: Sendable {
    let transport: any HTTPTransport
    let options: AdvowareClient.Options
    let limiter: RateLimiter

    init(transport: any HTTPTransport, options: AdvowareClient.Options) {
        self.transport = transport
        self.options = options
        limiter = RateLimiter(concurrency: options.concurrency, uptime: options.uptime, sleep: options.sleep)
    }

    func exchange(_ request: HTTPRequest, operation: String, attempt: Int, isWrite: Bool) async throws(AdvowareError) -> HTTPResponse {
        let start = options.uptime()
        let result: Result<HTTPResponse, any Error>
        do { result = .success(try await transport.send(request)) } catch { result = .failure(error) }
        options.onRequest?(
            AdvowareClient.RequestRecord(
                system: "advoware", method: request.method, operation: operation, status: (try? result.get())?.status,
                duration: options.uptime() - start, attempt: attempt))
        do { return try result.get() } catch { throw AdvowareError(error, operation: operation, isWrite: isWrite) }
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

extension AdvowareClient {
    /// Sends a call with a token: once more with a new one after a 401, and again after failures that may be repeated.
    ///
    /// - Parameter read: what a 2xx (or a 404, if taken) means; nil is a bad answer.
    func send<Answer: Sendable>(_ call: AdvowareCall, taking404: Bool = false, read: (HTTPResponse) -> Answer?) async throws(AdvowareError)
        -> Answer
    {
        var start: Duration?
        var failures = 0
        var attempt = 0
        var refusedToken = 0
        var last: AdvowareError?
        while true {
            attempt += 1
            let ticket = try await turn(call, until: (start ?? options.uptime()) + options.maximumTotal, after: last)
            // The time spent waiting behind others is not the call's own.
            let begun = start ?? ticket.startedAt
            start = begun
            let (result, token) = await transmit(call, after: refusedToken, attempt: attempt)
            await wire.limiter.leave(ticket, AdvowareError.verdict(result, of: call))
            let failure: AdvowareError
            switch result {
            case .success(let response):
                if response.status == 401, refusedToken == 0 {
                    refusedToken = token
                    continue
                }
                if (200..<300).contains(response.status) || (taking404 && response.status == 404) {
                    if let answer = read(response) { return answer }
                    failure = AdvowareError(.badAnswer, operation: call.operation, status: response.status, mayHaveActed: call.isWrite)
                } else {
                    failure = AdvowareError(response, operation: call.operation, isWrite: call.isWrite)
                }
            case .failure(let error): failure = error
            }
            failures += 1
            last = failure
            // A login has made its own tries.
            guard failure.operation != AdvowareLogin.operation, call.mayRepeat(after: failure, failures: failures),
                failures < options.maximumTries
            else { throw failure }
            // The limiter makes a throttled one wait, and those with it.
            if !failure.isThrottling {
                guard await wire.pause(failures: failures, since: begun, retryAfter: failure.retryAfter) else { throw failure }
            }
        }
    }

    /// Waits for the call's turn; gives up at once where Advoware wants to be left alone for too long.
    private func turn(
        _ call: AdvowareCall, until deadline: Duration, after last: AdvowareError?
    ) async throws(AdvowareError) -> RateLimiter.Ticket {
        do {
            // Advoware knows no users: all share one quota.
            return try await wire.limiter.enter(user: "", deadline: deadline)
        } catch {
            if let last { throw last }
            switch error {
            case .cancelled: throw AdvowareError(.cancelled, operation: call.operation)
            case .closed(let time):
                throw AdvowareError(.rateLimited, operation: call.operation, retryAfter: time, detail: "not sent: Advoware asked to wait")
            }
        }
    }

    /// One try: the token, then the request.
    ///
    /// - Returns: the answer, whatever its status, and the number of the token.
    private func transmit(
        _ call: AdvowareCall, after refusedToken: Int, attempt: Int
    ) async -> (Result<HTTPResponse, AdvowareError>, token: Int) {
        do throws(AdvowareError) {
            let token = try await tokens.token(after: refusedToken)
            return (.success(try await transmit(call, token: token.text, attempt: attempt)), token.number)
        } catch {
            return (.failure(error), refusedToken)
        }
    }

    private func transmit(_ call: AdvowareCall, token: String, attempt: Int) async throws(AdvowareError) -> HTTPResponse {
        var headers = [(name: "Authorization", value: "Bearer \(token)"), (name: "Accept", value: "application/json")]
        if call.body != nil { headers.append((name: "Content-Type", value: "application/json; charset=utf-8")) }
        let request = HTTPRequest(
            call.method, call.url, headers: headers, body: call.body, timeout: configuration.timeout, permit: call.permit)
        return try await wire.exchange(request, operation: call.operation, attempt: attempt, isWrite: call.isWrite)
    }
}
