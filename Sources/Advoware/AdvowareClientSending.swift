import HTTP

/// Asked immediately before a request that writes leaves; false forbids it.
public typealias SendingPermit = @Sendable () -> Bool

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
        let start = options.uptime()
        var failures = 0
        var attempt = 0
        var refusedToken = 0
        while true {
            attempt += 1
            let failure: AdvowareError
            do throws(AdvowareError) {
                let token = try await tokens.token(after: refusedToken)
                let response = try await transmit(call, token: token.text, attempt: attempt)
                if response.status == 401, refusedToken == 0 {
                    refusedToken = token.number
                    continue
                }
                if (200..<300).contains(response.status) || (taking404 && response.status == 404) {
                    if let answer = read(response) { return answer }
                    failure = AdvowareError(.badAnswer, operation: call.operation, status: response.status, mayHaveActed: call.isWrite)
                } else {
                    failure = AdvowareError(response, operation: call.operation, isWrite: call.isWrite)
                }
            } catch {
                // A login has made its own tries.
                if error.operation == AdvowareLogin.operation { throw error }
                failure = error
            }
            failures += 1
            guard call.mayRepeat(after: failure, failures: failures),
                await wire.pause(failures: failures, since: start, retryAfter: failure.retryAfter)
            else { throw failure }
        }
    }

    private func transmit(_ call: AdvowareCall, token: String, attempt: Int) async throws(AdvowareError) -> HTTPResponse {
        if let permit = call.permit, !permit() { throw AdvowareError(.notSent, operation: call.operation) }
        var headers = [(name: "Authorization", value: "Bearer \(token)"), (name: "Accept", value: "application/json")]
        if call.body != nil { headers.append((name: "Content-Type", value: "application/json; charset=utf-8")) }
        let request = HTTPRequest(call.method, call.url, headers: headers, body: call.body, timeout: configuration.timeout)
        return try await wire.exchange(request, operation: call.operation, attempt: attempt, isWrite: call.isWrite)
    }
}
