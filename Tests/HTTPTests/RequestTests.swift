import Foundation
import HTTP
import Testing

struct RequestTests {
    @Test(arguments: [HTTPMethod.get, .post, .put, .patch, .delete])
    func everyMethodArrivesWithAndWithoutBody(_ method: HTTPMethod) async throws {
        try await withEchoServer { base in
            try await withTransport { transport in
                let bare = try await transport.send(HTTPRequest(method, base + "/x"))
                #expect(bare.status == 200)
                #expect(bare.header("x-method") == method.rawValue)
                #expect(bare.text == "")
                let full = try await transport.send(HTTPRequest(method, base + "/x", body: Array("{\"ü\": 1}".utf8)))
                #expect(full.header("x-method") == method.rawValue)
                #expect(full.text == "{\"ü\": 1}")
            }
        }
    }

    @Test func aLargeBodyArrivesWhole() async throws {
        let body = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await withEchoServer { base in
            try await withTransport { transport in
                let response = try await transport.send(HTTPRequest(.put, base, body: body))
                #expect(response.body == body)
                #expect(response.header("seen-content-length") == "[5000000]")
            }
        }
    }

    @Test func headerFieldsGoBothWays() async throws {
        try await withEchoServer { base in
            try await withTransport { transport in
                let headers = [
                    (name: "X-Sent", value: "a: b; c"), (name: "X-Empty", value: ""), (name: "Content-Type", value: "application/json"),
                ]
                let response = try await transport.send(HTTPRequest(.post, base, headers: headers, body: [1]))
                #expect(response.header("SEEN-X-SENT") == "[a: b; c]")
                #expect(response.headers["seen-x-empty"] == "[]")
                #expect(response.headers["seen-content-type"] == "[application/json]")
                #expect(response.headers["seen-accept-encoding"] == "[gzip]")
                #expect(response.headers["x-none"] == nil)
                let plain = try await transport.send(HTTPRequest(.post, base, body: [1]))
                #expect(plain.headers["seen-content-type"] == nil, "libcurl's own content type must not appear")
                #expect(plain.headers["x-names"]?.contains("Expect") == false)
            }
        }
    }

    @Test(arguments: ["X\r\nY", "", "X Y", "X:", "Ü"])
    func aHeaderNameThatIsNoneIsRefused(_ name: String) async throws {
        try await withTransport { transport in
            let error = await failure(of: transport, HTTPRequest(.get, "http://127.0.0.1:1", headers: [(name: name, value: "1")]))
            #expect(error?.code == .protocolError)
            #expect(error?.nothingWasSent == true)
        }
    }

    @Test(arguments: ["a\r\nX-Evil: 1", "a\nb", "a\0b", "ü"])
    func aHeaderValueCannotAddFieldsAndIsNotQuoted(_ value: String) async throws {
        try await withTransport { transport in
            let error = await failure(of: transport, HTTPRequest(.get, "http://127.0.0.1:1", headers: [(name: "X-A", value: value)]))
            #expect(error?.code == .protocolError)
            #expect(error.map { "\($0)".contains(value) } == false)
        }
    }

    @Test func umlautsAndReservedCharactersArriveAsTheyWere() async throws {
        let name = "Jürgen & Söhne/ÄÖß 100%+@#?=\n😀"
        try await withEchoServer { base in
            try await withTransport { transport in
                let url = URLBuilder(base + "/").path("Termine", name)
                    .query("kuerzel", name).query("from", "2025-01-01T00:00:00").query("none", nil)
                let response = try await transport.send(HTTPRequest(.get, url.url))
                let target = try #require(response.header("X-Target")).components(separatedBy: "?")
                #expect(target[0].components(separatedBy: "/").map { $0.removingPercentEncoding } == ["", "Termine", name])
                let items = target[1].components(separatedBy: "&").map { $0.removingPercentEncoding }
                #expect(items == ["kuerzel=\(name)", "from=2025-01-01T00:00:00"])
            }
        }
    }

    @Test func aStatusIsAnAnswerAndARedirectIsNotFollowed() async throws {
        try await withEchoServer { base in
            try await withTransport { transport in
                for status in [201, 302, 307, 401, 404, 410, 429, 500, 503] {
                    let response = try await transport.send(HTTPRequest(.post, base + "/status/\(status)", body: Array("x".utf8)))
                    #expect(response.status == status)
                    #expect(response.text == "x")
                }
            }
        }
    }

    @Test(arguments: [
        "", "no url", "127.0.0.1", "/path", "https://", "http://", "ftp://127.0.0.1/", "file:///etc/passwd", "https://host/ü",
        "https://host/a b",
        "https://host/\r\nX-Evil: 1", "https://host:99999/", "https://user:secret@127.0.0.1/", "http://example.com/",
        "http://127.evil.example/",
        "http://127.0.0.1.example/", "http://localhost.example/", "http://128.0.0.1/", "http://[::2]/",
    ])
    func anAddressThatIsNotAllowedIsRefusedWithoutQuotingIt(_ url: String) async throws {
        try await withTransport { transport in
            let error = await failure(of: transport, HTTPRequest(.get, url))
            #expect(error?.code == .invalidURL)
            #expect(error?.nothingWasSent == true)
            #expect(error.map { "\($0)".contains("secret") } == false)
        }
    }

    @Test(arguments: [
        "http://127.0.0.1:%", "http://localhost:%", "http://LOCALHOST:%", "http://127.1:%", "http://[::1]:%", "https://127.0.0.1:%",
    ])
    func loopbackAddressesAreAllowed(_ pattern: String) async throws {
        let port = try closedPort()
        try await withTransport { transport in
            let error = await failure(of: transport, HTTPRequest(.get, pattern.replacingOccurrences(of: "%", with: "\(port)")))
            #expect(error?.code == .cannotConnect)
        }
    }
}
