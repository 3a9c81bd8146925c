import Foundation
import HTTP
import Testing

struct ConnectionTests {
    @Test func fiveHundredParallelRequestsShareFourConnections() async throws {
        let server = try RawServer { server, connection in
            while let request = connection.readRequest() {
                server.note()
                connection.answer(request.components(separatedBy: " ")[1])
            }
        }
        defer { server.stop() }
        try await withTransport { transport in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<500 {
                    group.addTask { try await transport.send(HTTPRequest(.get, "\(server.base)/\(number)")).text == "/\(number)" }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
        #expect(server.requests == 500)
        #expect(server.connections <= 4)
    }

    @Test func requestsOneAfterAnotherUseOneConnection() async throws {
        let server = try RawServer { _, connection in
            while connection.readRequest() != nil { connection.answer() }
        }
        defer { server.stop() }
        try await withTransport { transport in
            for number in 0..<20 {
                let method: HTTPMethod = number.isMultiple(of: 2) ? .get : .post
                let response = try await transport.send(HTTPRequest(method, server.base, body: method == .post ? [1, 2, 3] : nil))
                #expect(response.text == "ok")
            }
        }
        #expect(server.connections == 1)
    }

    @Test func anAnswerInPiecesAndChunksArrivesWhole() async throws {
        let server = try RawServer { _, connection in
            _ = connection.readRequest()
            for piece in [
                "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\nHTTP/1.1 200", " OK\r\nTransfer-Encoding: chunked\r\nX-Late:  2 \r",
                "\n\r\n3\r\nabc", "\r\n2\r\nde\r\n0\r\n\r\n",
            ] {
                connection.write(piece)
                usleep(20_000)
            }
        }
        defer { server.stop() }
        try await withTransport { transport in
            let response = try await transport.send(HTTPRequest(.get, server.base))
            #expect(response.text == "abcde")
            #expect(response.header("X-Late") == "2")
            #expect(response.header("X-Early") == nil)
        }
    }

    @Test func aPackedAnswerIsUnpackedAndBoundedByItsUnpackedSize() async throws {
        // 1000 times the letter a.
        let packed = try #require(Data(base64Encoded: "H4sIAAAAAAACA0tMHAWjYBQMdwAAA9o4mugDAAA="))
        let server = try RawServer { _, connection in
            while connection.readRequest() != nil {
                connection.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n")
                connection.write(Array(packed))
            }
        }
        defer { server.stop() }
        try await withTransport { transport in
            let response = try await transport.send(HTTPRequest(.get, server.base))
            #expect(response.body == [UInt8](repeating: 0x61, count: 1000))
        }
        var configuration = CurlTransport.Configuration()
        configuration.maximumResponseBytes = 500
        try await withTransport(configuration) { transport in
            #expect(await failure(of: transport, HTTPRequest(.get, server.base))?.code == .tooLarge)
        }
    }

    @Test func aServerThatClosesInTheMiddleOfTheBodyIsAnError() async throws {
        let server = try RawServer { _, connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this")
        }
        defer { server.stop() }
        try await withTransport { transport in
            let error = await failure(of: transport, HTTPRequest(.get, server.base))
            #expect(error?.code == .connectionBroken)
            #expect(error?.nothingWasSent == false)
            #expect(error?.host == "127.0.0.1")
        }
    }

    @Test func aServerThatTalksSomethingElseIsAnError() async throws {
        let server = try RawServer { _, connection in
            _ = connection.readRequest()
            connection.write("220 mail.example ESMTP\r\n")
        }
        defer { server.stop() }
        try await withTransport { transport in
            let error = await failure(of: transport, HTTPRequest(.get, server.base))
            #expect(error?.code == .protocolError)
            #expect(error?.nothingWasSent == false)
        }
    }

    @Test func nobodyThereMeansThatNothingWasSent() async throws {
        let port = try closedPort()
        try await withTransport { transport in
            let error = await failure(of: transport, HTTPRequest(.post, "http://127.0.0.1:\(port)/secret-path?token=1", body: [1]))
            #expect(error?.code == .cannotConnect)
            #expect(error?.nothingWasSent == true)
            #expect(error.map { "\($0)" } == "cannotConnect host=127.0.0.1: Couldn't connect to server")
        }
    }

    /// libcurl would send again on a new connection, and a Termin would exist twice.
    @Test(arguments: [HTTPMethod.post, .patch, .put, .delete])
    func whatWritesIsNeverSentTwice(_ method: HTTPMethod) async throws {
        for body in [Array("{\"text\": 1}".utf8), []] {
            let server = try serverThatDropsTheSecondRequest()
            defer { server.stop() }
            try await withTransport { transport in
                _ = try await transport.send(HTTPRequest(.get, server.base))
                let error = await failure(of: transport, HTTPRequest(method, server.base, body: body))
                #expect(error?.code == .connectionBroken)
                #expect(error?.nothingWasSent == false)
            }
            #expect(server.requests == 2)
        }
    }

    @Test func whatReadsIsRepeatedOnANewConnection() async throws {
        let server = try serverThatDropsTheSecondRequest()
        defer { server.stop() }
        try await withTransport { transport in
            _ = try await transport.send(HTTPRequest(.get, server.base))
            let response = try await transport.send(HTTPRequest(.get, server.base))
            #expect(response.text.hasSuffix("\r\n\r\n"))
        }
        #expect(server.requests == 3)
    }

    /// Answers the first request, takes the second and closes without a word, answers later ones with what was sent.
    private func serverThatDropsTheSecondRequest() throws -> RawServer {
        try RawServer { server, connection in
            while let request = connection.readRequest() {
                server.note()
                if server.requests == 2 { return }
                connection.answer(request)
            }
        }
    }
}
