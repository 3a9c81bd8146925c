/// Whatever can send a request and bring back the answer: ``CurlTransport``, or a fake in a test.
public protocol HTTPTransport: Sendable {
    /// Sends the request and waits for the whole answer. Cancelling the task gives the transfer up. The request's permit is asked in the last
    /// moment before anything leaves, after all waiting.
    ///
    /// - Throws: ``HTTPError`` if there is no whole answer.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse
}
