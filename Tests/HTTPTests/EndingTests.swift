import Foundation
import HTTP
import Testing

struct EndingTests {
    private let silent: RawServer

    init() throws {
        // Takes a request and never answers.
        silent = try RawServer { server, connection in
            while connection.readRequest() != nil { server.note() }
        }
    }

    private func waitForRequests(_ count: Int) async throws {
        for _ in 0..<3000 where silent.requests < count { try await Task.sleep(for: .milliseconds(10)) }
        #expect(silent.requests == count)
    }

    @Test func aSilentServerRunsIntoTheTimeOutAndMayHaveActed() async throws {
        defer { silent.stop() }
        try await withTransport { transport in
            let start = ContinuousClock.now
            let error = await failure(of: transport, HTTPRequest(.post, silent.base, body: [1], timeout: .seconds(2)))
            #expect(error?.code == .timedOut)
            #expect(error?.nothingWasSent == false)
            #expect(start.duration(to: .now) > .seconds(1.9))
        }
    }

    @Test func aRequestThatWaitedForAConnectionUntilTheTimeOutWasNotSent() async throws {
        defer { silent.stop() }
        var configuration = CurlTransport.Configuration()
        configuration.maximumHostConnections = 1
        try await withTransport(configuration) { transport in
            let first = Task { await failure(of: transport, HTTPRequest(.post, silent.base, body: [1], timeout: .seconds(300))) }
            try await waitForRequests(1)
            let second = await failure(of: transport, HTTPRequest(.post, silent.base, body: [1], timeout: .milliseconds(200)))
            #expect(second?.code == .timedOut)
            #expect(second?.nothingWasSent == true)
            first.cancel()
            #expect(await first.value?.nothingWasSent == false)
        }
        #expect(silent.requests == 1)
    }

    @Test func aTimeOutOfNothingIsNoTimeOutForEver() async throws {
        defer { silent.stop() }
        try await withTransport { transport in
            for timeout in [Duration.zero, .seconds(-5), .nanoseconds(1)] {
                #expect(await failure(of: transport, HTTPRequest(.get, silent.base, timeout: timeout))?.code == .timedOut)
            }
        }
    }

    @Test func cancellingTheTaskEndsTheTransferAtOnce() async throws {
        defer { silent.stop() }
        try await withTransport { transport in
            let task = Task { await failure(of: transport, HTTPRequest(.get, silent.base, timeout: .seconds(300))) }
            try await waitForRequests(1)
            task.cancel()
            let error = await task.value
            #expect(error?.code == .cancelled)
            #expect(error?.nothingWasSent == false)
        }
    }

    @Test func aTaskThatIsCancelledAlreadySendsNothing() async throws {
        defer { silent.stop() }
        try await withTransport { transport in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await failure(of: transport, HTTPRequest(.get, silent.base))
            }
            let error = await task.value
            #expect(error?.code == .cancelled)
            #expect(error?.nothingWasSent == true)
        }
        #expect(silent.connections == 0)
    }

    @Test func manyRequestsCancelledAtAnyMomentEndExactlyOnce() async throws {
        let server = try RawServer { _, connection in
            while connection.readRequest() != nil { connection.answer() }
        }
        defer { server.stop() }
        try await withTransport { transport in
            for round in 0..<20 {
                let tasks = (0..<50).map { _ in
                    Task {
                        do {
                            return try await transport.send(HTTPRequest(.get, server.base)).status == 200
                        } catch let error as HTTPError {
                            return error.code == .cancelled
                        }
                    }
                }
                try await Task.sleep(for: .microseconds(round * 200))
                for task in tasks { task.cancel() }
                for task in tasks { #expect(try await task.value) }
            }
            #expect(try await transport.send(HTTPRequest(.get, server.base)).status == 200, "the transport still works")
        }
    }

    @Test func shuttingDownEndsWhatIsInFlightAndRefusesTheRest() async throws {
        defer { silent.stop() }
        let transport = try CurlTransport.start()
        let tasks = (0..<20).map { _ in Task { await failure(of: transport, HTTPRequest(.get, silent.base, timeout: .seconds(300))) } }
        try await waitForRequests(4)
        transport.shutdown()
        var certain = 0
        for task in tasks {
            let error = await task.value
            #expect(error?.code == .cancelled)
            if error?.nothingWasSent == true { certain += 1 }
        }
        #expect(certain == 16, "four were on their way, the others waited for a connection")
        let late = await failure(of: transport, HTTPRequest(.get, silent.base))
        #expect(late?.code == .cancelled)
        #expect(late?.nothingWasSent == true)
        transport.shutdown()
    }

    @Test func aTransportThatIsDroppedClosesItsConnections() async throws {
        let server = try RawServer { server, connection in
            while connection.readRequest() != nil { connection.answer() }
            server.note()
        }
        defer { server.stop() }
        _ = try await CurlTransport.start().send(HTTPRequest(.get, server.base))
        for _ in 0..<3000 where server.requests == 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(server.connections == 1)
        #expect(server.requests == 1, "the server has seen the end of the connection")
    }

    @Test func anOversizeAnswerIsCutOff() async throws {
        var configuration = CurlTransport.Configuration()
        configuration.maximumResponseBytes = 100_000
        try await withEchoServer { base in
            try await withTransport(configuration) { transport in
                let small = try await transport.send(HTTPRequest(.get, base + "/big/90000"))
                #expect(small.body.count == 90_000)
                let error = await failure(of: transport, HTTPRequest(.get, base + "/big/200000"))
                #expect(error?.code == .tooLarge)
                #expect(error?.nothingWasSent == false)
            }
        }
    }
}
