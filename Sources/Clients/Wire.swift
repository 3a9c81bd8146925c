import HTTP

/// Sends requests one by one and tells the observer.
struct Wire<Code: RemoteCode>: Sendable {
    let transport: any HTTPTransport
    let options: RemoteOptions

    func exchange(
        _ request: HTTPRequest, operation: String, attempt: Int, isWrite: Bool
    ) async throws(RemoteError<Code>) -> HTTPResponse {
        let start = options.uptime()
        let result: Result<HTTPResponse, any Error>
        do { result = .success(try await transport.send(request)) } catch { result = .failure(error) }
        options.onRequest?(
            RequestRecord(
                system: Code.systemName.lowercased(), method: request.method, operation: operation, status: (try? result.get())?.status,
                duration: options.uptime() - start, attempt: attempt))
        do { return try result.get() } catch { throw RemoteError(error, operation: operation, isWrite: isWrite) }
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

    /// Logs in; tries again when the login cannot be reached, never when it refuses.
    func run(_ login: any RemoteLogin<Code>) async throws(RemoteError<Code>) -> TokenGrant {
        let start = options.uptime()
        var failures = 0
        while true {
            let failure: RemoteError<Code>
            do throws(RemoteError<Code>) {
                let request = try login.request(at: options.now())
                let response = try await exchange(request, operation: RemoteCall.login, attempt: failures + 1, isWrite: false)
                return try login.grant(response, at: options.now())
            } catch {
                failure = error
            }
            failures += 1
            guard failure.isTransient, await pause(failures: failures, since: start, retryAfter: failure.retryAfter) else {
                throw failure
            }
        }
    }
}
