import Foundation
import HTTP
import Synchronization
import Testing

struct PermitTests {
    private final class Gate: Sendable {
        private let state: Atomic<Bool>

        init(isOpen: Bool) { state = Atomic(isOpen) }

        var isOpen: Bool {
            get { state.load(ordering: .sequentiallyConsistent) }
            set { state.store(newValue, ordering: .sequentiallyConsistent) }
        }
    }

    /// Lets the server answer; it counts whole requests.
    private let answers = Gate(isOpen: false)
    private let server: RawServer

    init() throws {
        server = try RawServer { [answers] server, connection in
            while connection.readRequest() != nil {
                server.note()
                while !answers.isOpen { usleep(1000) }
                connection.answer()
            }
        }
    }

    @Test(arguments: [HTTPMethod.post, .delete]) func nothingLeavesWithoutAPermit(method: HTTPMethod) async throws {
        defer { server.stop() }
        try await withTransport { transport in
            let body: [UInt8]? = method == .post ? [1] : nil
            let error = await failure(of: transport, HTTPRequest(method, server.base, body: body, permit: { false }))
            #expect(error?.code == .notPermitted)
            #expect(error?.nothingWasSent == true)
        }
        #expect(server.requests == 0)
    }

    @Test func aPermitThatEndsWhileARequestWaitsForAConnectionIsSeen() async throws {
        defer { server.stop() }
        var configuration = CurlTransport.Configuration()
        configuration.maximumHostConnections = 1
        try await withTransport(configuration) { transport in
            let permit = Gate(isOpen: true)
            let first = Task { try await transport.send(HTTPRequest(.get, server.base)) }
            for _ in 0..<3000 where server.requests < 1 { try await Task.sleep(for: .milliseconds(10)) }
            let second = Task {
                await failure(
                    of: transport,
                    HTTPRequest(.post, server.base, body: [1], permit: { permit.isOpen }))
            }
            try await Task.sleep(for: .milliseconds(100))
            permit.isOpen = false
            answers.isOpen = true
            let response = try await first.value
            #expect(response.status == 200)
            #expect(await second.value?.code == .notPermitted)
        }
        #expect(server.requests == 1)
    }

    @Test func aPermitThatEndsAfterTheHeadKeepsTheBodyBack() async throws {
        defer { server.stop() }
        try await withTransport { transport in
            let asked = Atomic(0)
            let error = await failure(
                of: transport,
                HTTPRequest(.post, server.base, body: [1], permit: { asked.add(1, ordering: .relaxed).oldValue == 0 }))
            #expect(error?.code == .notPermitted)
            // The head has left: what a server makes of that is not ours to promise.
            #expect(error?.nothingWasSent == false)
        }
        #expect(server.requests == 0)
    }

    @Test func whatIsPermittedIsSent() async throws {
        defer { server.stop() }
        answers.isOpen = true
        try await withTransport { transport in
            let response = try await transport.send(HTTPRequest(.post, server.base, body: [1], permit: { true }))
            #expect(response.status == 200)
        }
        #expect(server.requests == 1)
    }
}
