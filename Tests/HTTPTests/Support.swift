import Foundation
import HTTP
import Testing

/// A proxy on a port where nobody listens, for the whole test process: every test that reaches its server shows that loopback ignores it.
private let proxyIsSet = setenv("all_proxy", "http://127.0.0.1:1", 1)

/// Runs the body with a transport that is shut down afterwards.
func withTransport(
    _ configuration: CurlTransport.Configuration = .init(), _ body: (CurlTransport) async throws -> Void
) async throws {
    #expect(proxyIsSet == 0)
    let transport = try CurlTransport.start(configuration)
    defer { transport.shutdown() }
    try await body(transport)
}

/// The error that sending ends with; an issue if it ends without.
func failure(of transport: CurlTransport, _ request: HTTPRequest) async -> HTTPError? {
    await #expect(throws: HTTPError.self) { try await transport.send(request) }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}
