/// Why there is no answer. Holds the host and nothing else of the request, because addresses and headers carry names and tokens.
public struct HTTPError: Error, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: String, Sendable, Hashable {
        /// The address is not allowed: no URL, not ASCII, neither https nor http to a loopback host, or with user and password.
        case invalidURL
        /// The name could not be resolved or nobody answered there.
        case cannotConnect
        /// The time was up.
        case timedOut
        /// The connection broke before the whole answer was there.
        case connectionBroken
        /// No trusted connection: the certificate did not verify, or the handshake failed.
        case tls
        /// The answer is larger than the transport's bound.
        case tooLarge
        /// The task was cancelled or the transport was shut down.
        case cancelled
        /// The request's permit was refused: its head did not leave, or not all of its body.
        case notPermitted
        /// The answer is no HTTP, or the request holds a header field that cannot be sent.
        case protocolError
    }

    /// The kind of failure.
    public let code: Code
    /// The host of the request, or "" where the address was not readable.
    public let host: String
    /// True only where it is certain that the server saw nothing of the request; otherwise it may have acted on it.
    public let nothingWasSent: Bool
    /// A few words about the cause, without anything of request or answer.
    public let detail: String

    /// An error; also for fakes in tests.
    public init(_ code: Code, host: String, nothingWasSent: Bool, detail: String = "") {
        self.code = code
        self.host = host
        self.nothingWasSent = nothingWasSent
        self.detail = detail
    }

    /// For example `timedOut host=www2.advo-net.net: Timeout was reached`.
    public var description: String {
        "\(code.rawValue) host=\(host.isEmpty ? "?" : host)" + (detail.isEmpty ? "" : ": \(detail)")
    }
}
