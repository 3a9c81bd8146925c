public import HTTP
public import JSON
import Synchronization

/// Answers from a script, one step per request, and remembers the requests. Logins have a script of their own and succeed where it ends.
public final class ScriptedTransport: HTTPTransport {
    /// What happens to one request.
    public typealias Step = @Sendable (HTTPRequest) async throws -> HTTPResponse

    private struct State {
        var steps: [Step]
        var logins: [Step]
        var requests: [HTTPRequest] = []
    }

    private let state: Mutex<State>

    /// The last step goes on for ever.
    public init(_ steps: Step..., logins: [Step] = []) {
        state = Mutex(State(steps: steps, logins: logins))
    }

    /// What was asked for, logins left out.
    public var requests: [HTTPRequest] { state.withLock { $0.requests }.filter { !$0.isLogin } }
    /// The logins.
    public var logins: [HTTPRequest] { state.withLock { $0.requests }.filter(\.isLogin) }

    /// The next step, unless the request's permit forbids it.
    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        if request.permit?() == false { throw HTTPError(.notPermitted, host: "script", nothingWasSent: true) }
        let step: Step? = state.withLock { state in
            state.requests.append(request)
            if request.isLogin {
                let number = state.requests.count { $0.isLogin }
                return state.logins.isEmpty ? token("token-\(number)", expiresIn: 3600) : state.logins.removeFirst()
            }
            // The last step goes on for ever, so that one too many requests is seen by its count.
            return state.steps.count > 1 ? state.steps.removeFirst() : state.steps.first
        }
        guard let step else { throw HTTPError(.cannotConnect, host: "script", nothingWasSent: true) }
        return try await step(request)
    }
}

extension HTTPRequest {
    /// Whether it goes to a token endpoint.
    public var isLogin: Bool { url.lowercased().hasSuffix("/token") }
    /// The body as JSON.
    public var json: JSONValue? { body.flatMap { try? JSONValue(parsing: $0) } }
    /// The first header field of exactly that name.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// A step that answers.
public func answer(_ status: Int = 200, _ body: String = "", headers: HTTPHeaders = [:]) -> ScriptedTransport.Step {
    { _ in HTTPResponse(status: status, headers: headers, body: Array(body.utf8)) }
}

/// A step without answer.
public func failure(_ code: HTTPError.Code, nothingWasSent: Bool = false) -> ScriptedTransport.Step {
    { _ in throw HTTPError(code, host: "script", nothingWasSent: nothingWasSent) }
}

/// A login that succeeds.
public func token(_ text: String, expiresIn: Int? = nil, expirationUTC: String? = nil) -> ScriptedTransport.Step {
    var fields: [String: JSONValue] = ["access_token": .string(text), "token_type": "Bearer"]
    if let expiresIn { fields["expires_in"] = .int(Int64(expiresIn)) }
    if let expirationUTC { fields["expiration_utc"] = .string(expirationUTC) }
    return answer(200, JSONValue.object(fields).text)
}
