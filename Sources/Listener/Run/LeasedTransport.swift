import HTTP

/// Looks at the lease of the current run immediately before each request that could change something, retries of a client included, and
/// sends nothing past it.
struct LeasedTransport: HTTPTransport {
    let base: any HTTPTransport

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        if request.method != .get, let lease = RunLease.current, !lease.isHeld() {
            throw HTTPError(.cancelled, host: "", nothingWasSent: true, detail: "the lease of the run is over")
        }
        return try await base.send(request)
    }
}
