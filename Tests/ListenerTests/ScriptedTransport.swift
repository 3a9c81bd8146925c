import HTTP
import JSON
import Synchronization

/// Answers API requests from a script, in order, and logins by itself. A request beyond the script is answered 418.
final class ScriptedTransport: HTTPTransport {
    struct Step: Sendable {
        let status: Int
        let body: String
    }

    private struct State {
        var steps: [Step]
        var requests: [HTTPRequest] = []
    }

    private let state: Mutex<State>

    init(_ steps: [Step]) { state = Mutex(State(steps: steps)) }

    /// Method and path with query of what was asked for, logins left out.
    var requests: [String] {
        state.withLock { $0.requests.map { "\($0.method.rawValue) \($0.url.split(separator: "/").last ?? "")" } }
    }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        if request.url.hasSuffix("/token") {
            return HTTPResponse(status: 200, body: Array(#"{"access_token": "t", "expires_in": 3600}"#.utf8))
        }
        let step = state.withLock { state -> Step in
            state.requests.append(request)
            return state.steps.isEmpty ? Step(status: 418, body: "") : state.steps.removeFirst()
        }
        return HTTPResponse(status: step.status, body: Array(step.body.utf8))
    }
}
