import FlyingFox
import FlyingSocks
import Foundation

/// A server on loopback that answers with what it saw: method, target and chosen header fields in header fields, the body as body.
///
/// `/slow` answers after 30 s, `/status/N` with that status, `/big/N` with N bytes.
func withEchoServer(_ body: (_ base: String) async throws -> Void) async throws {
    let server = HTTPServer(address: try .inet(ip4: "127.0.0.1", port: 0), logger: .disabled)
    await server.appendRoute("*") { request in try await echo(request) }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        // A machine under load may need more than the default of 5 s.
        try await server.waitUntilListening(timeout: 60)
        guard case .ip4(_, let port) = await server.listeningAddress else { throw CocoaError(.fileNoSuchFile) }
        defer { group.cancelAll() }
        try await body("http://127.0.0.1:\(port)")
    }
}

private func echo(_ request: HTTPRequest) async throws -> HTTPResponse {
    let parts = request.path.split(separator: "/")
    if request.path == "/slow" { try await Task.sleep(for: .seconds(30)) }
    let number = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
    if parts.first == "big" { return HTTPResponse(statusCode: .ok, body: Data(repeating: 0x78, count: number)) }
    var headers: HTTPHeaders = [
        HTTPHeader("X-Method"): request.method.rawValue,
        HTTPHeader("X-Target"): request.target.rawValue,
        HTTPHeader("X-Query"): Data(request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "\n").utf8).base64EncodedString(),
        HTTPHeader("X-Names"): request.headers.keys.map(\.rawValue).sorted().joined(separator: ","),
        HTTPHeader("Location"): "http://127.0.0.1:1/elsewhere",
    ]
    for name in ["Accept-Encoding", "X-Sent", "X-Empty", "Content-Length", "Content-Type"] {
        if let value = request.headers[HTTPHeader(name)] { headers[HTTPHeader("Seen-\(name)")] = "[\(value)]" }
    }
    let status = parts.first == "status" ? HTTPStatusCode(number, phrase: "Chosen") : .ok
    return HTTPResponse(statusCode: status, headers: headers, body: try await request.bodyData)
}
