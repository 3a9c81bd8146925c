import Foundation
import Synchronization

/// A server that does on its sockets exactly what a test tells it to: one thread accepts, one thread per connection runs the script.
final class RawServer: Sendable {
    /// What a script works with.
    struct Connection {
        let socket: Int32
        /// 0 for the first connection that the server accepted.
        let index: Int

        /// Head and body of the next request, or nil at the end of the connection.
        func readRequest() -> String? {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let text = String(decoding: bytes, as: UTF8.self)
                if let end = text.range(of: "\r\n\r\n") {
                    let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
                    let length = lines.first { $0.lowercased().hasPrefix("content-length:") }
                    let wanted = length.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
                    if text[end.upperBound...].utf8.count >= wanted { return text }
                }
                let count = recv(socket, &buffer, buffer.count, 0)
                guard count > 0 else { return nil }
                bytes += buffer.prefix(count)
            }
        }

        func write(_ text: String) {
            write(Array(text.utf8))
        }

        func write(_ bytes: [UInt8]) {
            _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }

        /// An answer that keeps the connection.
        func answer(_ body: String = "ok") {
            write("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        }
    }

    let port: UInt16
    private let listener: Int32
    private let counts = Mutex((connections: 0, requests: 0))

    var base: String { "http://127.0.0.1:\(port)" }
    var connections: Int { counts.withLock { $0.connections } }
    /// How often a script has called `note()`.
    var requests: Int { counts.withLock { $0.requests } }

    init(_ script: @escaping @Sendable (RawServer, Connection) -> Void) throws {
        (listener, port) = try listeningSocket()
        Thread.detachNewThread { [self] in
            while case let socket = accept(listener, nil, nil), socket >= 0 {
                let index = counts.withLock { counts in
                    counts.connections += 1
                    return counts.connections - 1
                }
                Thread.detachNewThread { [self] in
                    script(self, Connection(socket: socket, index: index))
                    close(socket)
                }
            }
        }
    }

    func note() {
        counts.withLock { $0.requests += 1 }
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }
}

/// A listening socket on a free port of 127.0.0.1.
func listeningSocket() throws -> (socket: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
        guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
        return bind(descriptor, pointer, length) | listen(descriptor, 256) | getsockname(descriptor, pointer, &length)
    }
    guard code == 0 else { throw POSIXError(.EADDRINUSE) }
    return (descriptor, UInt16(bigEndian: address.sin_port))
}

/// A port on which nobody listens.
func closedPort() throws -> UInt16 {
    let (descriptor, port) = try listeningSocket()
    close(descriptor)
    return port
}
