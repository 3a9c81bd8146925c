import Foundation
import Glibc
import Postgres
import Testing

/// The server `ops/test` has started, found by libpq's own variables.
enum TestServer {
    struct Missing: Error, CustomStringConvertible {
        let names: [String]
        var description: String {
            "these tests need a PostgreSQL server of their own: set \(names.joined(separator: ", ")) (a superuser), as ops/test does"
        }
    }

    static func configuration() throws -> PostgresConfiguration {
        let environment = ProcessInfo.processInfo.environment
        let missing = ["PGHOST", "PGPORT", "PGUSER", "PGDATABASE"].filter { environment[$0, default: ""].isEmpty }
        guard missing.isEmpty else { throw Missing(names: missing) }
        return PostgresConfiguration(
            hosts: environment["PGHOST", default: ""], port: environment["PGPORT", default: ""],
            user: environment["PGUSER", default: ""], password: environment["PGPASSWORD"],
            database: environment["PGDATABASE", default: ""], applicationName: "PostgresTests")
    }

    static func connect(_ change: (inout PostgresConfiguration) -> Void = { _ in }) async throws -> PostgresConnection {
        var configuration = try configuration()
        change(&configuration)
        return try await PostgresConnection.connect(configuration)
    }

    /// Kills the session from outside, as an administrator would.
    static func terminate(_ connection: PostgresConnection) async throws {
        let pid = await connection.serverPID
        let other = try await connect()
        _ = try await other.query("SELECT pg_terminate_backend($1)", [PostgresValue(Int(pid))])
        await other.close()
    }
}

/// The next element; nil if the stream has ended or nothing came in time.
func next<Element: Sendable>(_ stream: AsyncStream<Element>, within limit: Duration = .seconds(10)) async -> Element? {
    await withTaskGroup { group in
        group.addTask { await stream.first { _ in true } }
        group.addTask {
            try? await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        return await group.next() ?? nil
    }
}

/// Whether the stream ends in time.
func ends<Element: Sendable>(_ stream: AsyncStream<Element>, within limit: Duration = .seconds(10)) async -> Bool {
    await withTaskGroup { group in
        group.addTask {
            for await _ in stream {}
            return !Task.isCancelled
        }
        group.addTask {
            try? await Task.sleep(for: limit)
            return false
        }
        defer { group.cancelAll() }
        return await group.next() ?? false
    }
}

/// The error of an operation that has to fail.
func failure<Value>(
    _ location: SourceLocation = #_sourceLocation, of operation: () async throws -> Value
) async throws -> PostgresError {
    let error = await #expect(throws: PostgresError.self, sourceLocation: location) { _ = try await operation() }
    return try #require(error, sourceLocation: location)
}

/// A TCP port on which somebody listens and never answers.
final class SilentPort {
    let port: String
    private let descriptor: Int32

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) + listen(descriptor, 16) + getsockname(descriptor, address, &length)
            }
        }
        try #require(descriptor >= 0 && result == 0)
        self.descriptor = descriptor
        port = String(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }
}
