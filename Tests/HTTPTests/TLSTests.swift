import Foundation
import HTTP
import Testing

/// Against OpenSSL's own little server, with a certificate for `localhost` that nobody but this test trusts.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: openssl), "needs the openssl program"))
struct TLSTests {
    @Test func onlyATrustedCertificateForTheRightHostIsAccepted() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (key, certificate) = (folder.appending(path: "key.pem").path, folder.appending(path: "certificate.pem").path)
        let request = try run(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout", key, "-out", certificate
        )
        // Process.waitUntilExit spins for ever on a cooperative thread.
        while request.isRunning { try await Task.sleep(for: .milliseconds(10)) }

        let port = try closedPort()
        let server = try run("s_server", "-accept", "127.0.0.1:\(port)", "-www", "-quiet", "-key", key, "-cert", certificate)
        defer { server.terminate() }
        try await withTransport { transport in
            for _ in 0..<3000 {
                guard await failure(of: transport, HTTPRequest(.get, "https://127.0.0.1:\(port)/"))?.code == .cannotConnect else { break }
                try await Task.sleep(for: .milliseconds(10))
            }
            let untrusted = await failure(of: transport, HTTPRequest(.post, "https://localhost:\(port)/", body: [1]))
            #expect(untrusted?.code == .tls)
            #expect(untrusted?.nothingWasSent == true)
        }
        var configuration = CurlTransport.Configuration()
        configuration.caFile = certificate
        try await withTransport(configuration) { transport in
            let wrongHost = await failure(of: transport, HTTPRequest(.get, "https://127.0.0.1:\(port)/"))
            #expect(wrongHost?.code == .tls)
            #expect(wrongHost?.nothingWasSent == true)
            let response = try await transport.send(HTTPRequest(.get, "https://localhost:\(port)/"))
            #expect(response.status == 200)
            #expect(response.text.contains("TLS"))
        }
    }

    @Test func aServerWithoutTLSIsNoTrustedConnection() async throws {
        try await withEchoServer { base in
            try await withTransport { transport in
                let error = await failure(of: transport, HTTPRequest(.get, base.replacingOccurrences(of: "http:", with: "https:")))
                #expect(error?.code == .tls)
                #expect(error?.nothingWasSent == true)
            }
        }
    }

    @discardableResult
    private func run(_ arguments: String...) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: openssl)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }
}

private let openssl = "/usr/bin/openssl"
