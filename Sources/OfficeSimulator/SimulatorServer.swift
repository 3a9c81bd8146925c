import FlyingFox
import FlyingSocks
import Foundation

/// The simulator on a loopback port.
public struct SimulatorServer: Sendable {
    private let simulator: Simulator
    private let server: HTTPServer

    /// - Parameter port: 0 lets the system choose one.
    /// - Throws: if 127.0.0.1 is not an address here.
    public init(simulator: Simulator, port: UInt16) throws {
        self.simulator = simulator
        server = HTTPServer(
            // Longer than any delay that a fault asks for: the caller's time-out is what is tested.
            config: HTTPServer.Configuration(
                address: try sockaddr_in.inet(ip4: "127.0.0.1", port: port), timeout: 3600, pool: PromptPool(), logger: .disabled),
            handler: Handler(simulator: simulator))
    }

    /// Serves until the task is cancelled.
    /// - Parameter whenReady: called once with the address (`http://127.0.0.1:PORT`) as soon as requests are taken.
    /// - Throws: what the socket throws, e.g. for a port in use.
    public func run(whenReady: @Sendable @escaping (String) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            group.addTask {
                try await server.waitUntilListening()
                guard case .ip4(_, let port) = await server.listeningAddress else { throw ControlError("the server has no address") }
                let url = "http://127.0.0.1:\(port)"
                await simulator.setTokenURI(url + "/token")
                try await whenReady(url)
            }
            try await group.waitForAll()
        }
    }
}

private struct Handler: HTTPHandler {
    let simulator: Simulator

    func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
        let headers = Dictionary(request.headers.map { ($0.key.rawValue, $0.value) }) { first, _ in first }
        let wire = WireRequest(
            method: request.method.rawValue, target: request.target.rawValue, headers: headers, body: [UInt8](try await request.bodyData))
        let answer = await simulator.answer(wire)
        if answer.delay > 0 { try await Task.sleep(for: .seconds(answer.delay)) }
        return response(answer)
    }

    private func response(_ answer: WireAnswer) -> HTTPResponse {
        // A web socket that fails before it begins is how this server closes a connection without a byte.
        if answer.delivery == .nothing { return HTTPResponse(webSocket: Disconnecting()) }
        var headers = HTTPHeaders()
        for (name, value) in answer.headers { headers.addValue(value, for: HTTPHeader(name)) }
        let status = HTTPStatusCode(answer.status, phrase: Self.phrases[answer.status] ?? "Status")
        if case .cutOff(let count) = answer.delivery {
            let body = HTTPBodySequence(from: BreakingBody(bytes: Array(answer.body.prefix(count))), count: answer.body.count)
            return HTTPResponse(statusCode: status, headers: headers, body: body)
        }
        return HTTPResponse(statusCode: status, headers: headers, body: Data(answer.body))
    }

    private static let phrases = [
        200: "OK", 204: "No Content", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed",
        409: "Conflict", 410: "Gone", 412: "Precondition Failed", 429: "Too Many Requests", 500: "Internal Server Error",
        502: "Bad Gateway",
        503: "Service Unavailable", 504: "Gateway Timeout",
    ]
}

private struct Disconnecting: WSHandler {
    func makeFrames(for client: AsyncThrowingStream<WSFrame, any Error>) async throws -> AsyncStream<WSFrame> {
        throw SocketError.disconnected
    }
}

/// Fewer bytes than promised, then an error, at which the server closes the connection.
private struct BreakingBody: AsyncBufferedSequence {
    typealias Element = UInt8
    let bytes: [UInt8]

    func makeAsyncIterator() -> Iterator { Iterator(bytes: bytes) }

    struct Iterator: AsyncBufferedIteratorProtocol {
        var bytes: [UInt8]

        mutating func next() async throws -> UInt8? {
            guard !bytes.isEmpty else { throw SocketError.disconnected }
            return bytes.removeFirst()
        }

        mutating func nextBuffer(suggested count: Int) async throws -> [UInt8]? {
            guard !bytes.isEmpty else { throw SocketError.disconnected }
            defer { bytes = [] }
            return bytes
        }
    }
}

/// The server writes an answer's head and body apart; without this, the second waits 40 ms for the first to be acknowledged.
private struct PromptPool: AsyncSocketPool {
    private let pool: any AsyncSocketPool = HTTPServer.defaultPool()

    func prepare() async throws { try await pool.prepare() }

    func run() async throws { try await pool.run() }

    func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
        // The listening socket waits here before the first connection, and what it accepts inherits the option.
        try socket.setValue(true, for: BoolSocketOption(level: Int32(IPPROTO_TCP), name: TCP_NODELAY))
        try await pool.suspendSocket(socket, untilReadyFor: events)
    }
}
