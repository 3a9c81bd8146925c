public import HTTP

/// The codes of one remote system's failures, and what the system means by its answers. The raw values are the codes for the hub.
public protocol RemoteCode: RawRepresentable<String>, Sendable, Hashable, CaseIterable {
    /// The system's name, for people.
    static var systemName: String { get }

    /// Address or configuration cannot be used.
    static var configuration: Self { get }
    /// A call was answered 401 twice, the second time with a new token.
    static var unauthorized: Self { get }
    /// Too many requests.
    static var rateLimited: Self { get }
    /// 5xx.
    static var serverError: Self { get }
    /// No answer in time.
    static var timeout: Self { get }
    /// Nobody answers at that address.
    static var unreachable: Self { get }
    /// The connection broke before the whole answer was there.
    static var connectionBroken: Self { get }
    /// No trusted connection.
    static var tls: Self { get }
    /// The answer is not what was asked for.
    static var badAnswer: Self { get }
    /// The task was cancelled.
    static var cancelled: Self { get }
    /// The caller forbade sending in the last moment.
    static var notSent: Self { get }

    /// Codes of a login that is refused, which waiting does not fix.
    static var loginRefusals: Set<Self> { get }
    /// Codes that this system alone has and that pass without anybody fixing anything.
    static var passing: Set<Self> { get }

    /// What an answer that is not a success says, and the system's own word for it.
    static func meaning(of response: HTTPResponse, to operation: String) -> (code: Self, reason: String?)
    /// The quota that a refusal with this code was about; nil: it was none.
    func refusingQuota(reason: String?) -> Quota?
    /// Whether trying a call again can help and cannot do anything twice.
    static func mayRepeat(_ call: RemoteCall, after error: RemoteError<Self>, failures: Int) -> Bool
}

/// A call to a remote system that failed. Holds nothing of what was sent or answered but status and reason.
public struct RemoteError<C: RemoteCode>: Error, Hashable, CustomStringConvertible {
    /// What can go wrong.
    public typealias Code = C

    /// What went wrong.
    public let code: Code
    /// Which call, for example `termine` or `events.list`.
    public let operation: String
    /// The status of the answer; nil if there was none.
    public let status: Int?
    /// The system's word for it, for example `rateLimitExceeded`: letters only, nil if there is none.
    public let reason: String?
    /// Whether the system may have done what it was asked to, in this try or an earlier one. Always false for readings and logins.
    public internal(set) var mayHaveActed: Bool
    /// How long the system asks to wait.
    public let retryAfter: Duration?
    /// A few words more, without content of request or answer.
    public let detail: String

    /// An error; also for fakes in tests.
    public init(
        _ code: Code, operation: String, status: Int? = nil, reason: String? = nil, mayHaveActed: Bool = false, retryAfter: Duration? = nil,
        detail: String = ""
    ) {
        (self.code, self.operation, self.status, self.reason) = (code, operation, status, reason)
        (self.mayHaveActed, self.retryAfter, self.detail) = (mayHaveActed, retryAfter, detail)
    }

    /// What is wrong with the configuration.
    public init(configuration detail: String) {
        self.init(.configuration, operation: "configuration", detail: detail)
    }

    /// An answer that is not a success. What a 4xx refuses was not done; whether a 408 or 5xx did something, nobody knows.
    public init(_ response: HTTPResponse, operation: String, isWrite: Bool) {
        let (code, reason) = Code.meaning(of: response, to: operation)
        let isRefusal = (400..<500).contains(response.status) && response.status != 408
        self.init(
            code, operation: operation, status: response.status, reason: reason, mayHaveActed: isWrite && !isRefusal,
            retryAfter: response.retryAfter)
    }

    /// No answer.
    init(_ error: any Error, operation: String, isWrite: Bool) {
        guard let error = error as? HTTPError else {
            let code: Code = error is CancellationError ? .cancelled : .connectionBroken
            self.init(code, operation: operation, mayHaveActed: isWrite)
            return
        }
        self.init(Code(error.code), operation: operation, mayHaveActed: isWrite && !error.nothingWasSent, detail: error.description)
    }

    /// The short word for the hub, for example `advoware_timeout`.
    public var hubCode: String { code.rawValue }

    /// For example `google_forbidden in events.insert (status 403, insufficientPermissions)`.
    public var description: String {
        let answer = status.map { " (status \($0)" + (reason.map { ", \($0)" } ?? "") + ")" } ?? ""
        return "\(hubCode) in \(operation)\(answer)" + (detail.isEmpty ? "" : ": \(detail)")
    }

    /// Whether the system does not let us in, which waiting does not fix.
    public var isLoginRefusal: Bool { Code.loginRefusals.contains(code) }

    /// Whether the system could not be reached or was in no state to answer.
    public var isUnreachable: Bool {
        switch code {
        case .timeout, .unreachable, .connectionBroken, .tls, .serverError: true
        default: false
        }
    }

    /// Whether the same call may succeed later without anybody fixing anything.
    public var isTransient: Bool { isUnreachable || code == .badAnswer || code == .rateLimited || Code.passing.contains(code) }

    /// The quota that refused the request, or a server that says when to come back; nil: it was neither.
    var refusingQuota: Quota? {
        if code == .serverError { return status == 503 && retryAfter != nil ? .unnamed : nil }
        return code.refusingQuota(reason: reason)
    }
}

extension RemoteCode {
    init(_ code: HTTPError.Code) {
        self =
            switch code {
            case .invalidURL: .configuration
            case .cannotConnect: .unreachable
            case .timedOut: .timeout
            case .connectionBroken: .connectionBroken
            case .tls: .tls
            case .tooLarge, .protocolError: .badAnswer
            case .cancelled: .cancelled
            case .notPermitted: .notSent
            }
    }
}
