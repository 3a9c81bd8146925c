/// The methods that the two remote systems know.
public enum HTTPMethod: String, Sendable, Hashable {
    /// Reads.
    case get = "GET"
    /// Creates. Never sent twice by the transport.
    case post = "POST"
    /// Replaces. Never sent twice by the transport.
    case put = "PUT"
    /// Changes in part. Never sent twice by the transport.
    case patch = "PATCH"
    /// Deletes. Never sent twice by the transport.
    case delete = "DELETE"

    /// Whether it may be sent again unseen. What writes may not, not even the same once more: somebody else may have written in between, and
    /// the caller's right to send may be over.
    public var isRepeatable: Bool { self == .get }
}

/// Asked immediately before a request leaves, on any thread and without waiting; false forbids it.
public typealias SendingPermit = @Sendable () -> Bool

/// One request. It is checked when it is sent, not when it is made.
public struct HTTPRequest: Sendable {
    /// What to do.
    public var method: HTTPMethod
    /// The whole address in ASCII, already percent-encoded (see ``URLBuilder``): https, or http for a loopback host; no user and password.
    public var url: String
    /// Header fields. `Host`, `Content-Length`, `Accept-Encoding` and `User-Agent` are supplied by the transport.
    public var headers: [(name: String, value: String)]
    /// The body, if any.
    public var body: [UInt8]?
    /// The longest time from `send` to the last byte of the answer, waiting for a free connection included.
    public var timeout: Duration
    /// Whether it may still leave, asked when a connection is there and again before the body goes; nil: it may.
    public var permit: SendingPermit?

    /// A request.
    public init(
        _ method: HTTPMethod, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
        timeout: Duration = .seconds(30), permit: SendingPermit? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.permit = permit
    }
}
