public import HTTP
public import JSON

/// One call, ready to be sent as often as needed. The sender adds the token.
public struct RemoteCall: Sendable {
    /// The operation that brings a token.
    public static let login = "login"

    /// Its name, for example `termine` or `events.list`.
    public let operation: String
    /// Whose quota it counts against; "" where the system knows no users.
    public let user: String
    let request: HTTPRequest

    /// Whether it changes something.
    public var isWrite: Bool { request.method != .get }

    /// A call whose body and answer are JSON.
    public init(
        _ operation: String, _ method: HTTPMethod, _ url: URLBuilder, user: String = "", body: JSONValue? = nil,
        ifMatch etag: String? = nil, timeout: Duration, permit: SendingPermit? = nil
    ) {
        var headers = [(name: "Accept", value: "application/json")]
        if body != nil { headers.append((name: "Content-Type", value: "application/json; charset=utf-8")) }
        if let etag { headers.append((name: "If-Match", value: etag)) }
        self.operation = operation
        self.user = user
        request = HTTPRequest(method, url.url, headers: headers, body: body?.bytes(), timeout: timeout, permit: permit)
    }

    func request(with token: String) -> HTTPRequest {
        var request = request
        request.headers.insert((name: "Authorization", value: "Bearer \(token)"), at: 0)
        return request
    }
}

/// One request that was answered or failed, for metrics. Holds nothing of its content.
public struct RequestRecord: Sendable, Hashable {
    /// `advoware` or `google`.
    public let system: String
    /// The method.
    public let method: HTTPMethod
    /// The call's name, for example `events.list`.
    public let operation: String
    /// The status of the answer; nil if there was none.
    public let status: Int?
    /// How long it took.
    public let duration: Duration
    /// 1 for the first try of a call.
    public let attempt: Int
}
