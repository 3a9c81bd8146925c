import Foundation
import Glibc
import Postgres
import Testing

@Suite("Connecting and losing the connection", .timeLimit(.minutes(1)))
struct LifecycleTests {
    @Test("A killed session fails the running query as lost, with the server's reason, and ends the streams")
    func terminatedWhileBusy() async throws {
        let connection = try await TestServer.connect()
        let other = try await TestServer.connect()
        let pid = await connection.serverPID
        let sleeping = Task { try await connection.query("SELECT pg_sleep(30)") }
        try await Task.sleep(for: .milliseconds(100))
        _ = try await other.query("SELECT pg_terminate_backend($1)", [PostgresValue(Int(pid))])
        let error = try await failure { try await sleeping.value }
        #expect(error.code == .connectionLost)
        #expect(error.sqlState == "57P01")
        #expect(!connection.isUsable)
        #expect(await ends(connection.notifications))
    }

    @Test("A session killed while idle is noticed at once")
    func terminatedWhileIdle() async throws {
        let connection = try await TestServer.connect()
        #expect(connection.isUsable)
        try await TestServer.terminate(connection)
        #expect(await ends(connection.notifications))
        #expect(await ends(connection.notices))
        #expect(!connection.isUsable)
        let error = try await failure { try await connection.query("SELECT 1") }
        #expect(error.code == .connectionLost)
        #expect(error.sqlState == "57P01")
    }

    @Test("A refused connection names host and port")
    func refused() async throws {
        let error = try await failure {
            try await TestServer.connect {
                $0.hosts = "127.0.0.1"
                $0.port = "1"
            }
        }
        #expect(error.code == .connectionFailed)
        #expect(error.sqlState == nil)
        #expect(error.message.contains("127.0.0.1") && error.message.contains("port 1 "))
    }

    @Test("A server that does not answer is given up after the time-out")
    func silent() async throws {
        let silent = try SilentPort()
        let start = ContinuousClock.now
        let error = try await failure {
            try await TestServer.connect {
                $0.hosts = "127.0.0.1"
                $0.port = silent.port
                $0.connectTimeout = .milliseconds(300)
            }
        }
        #expect(error.code == .connectionFailed)
        #expect(error.message.contains("no answer in time from host \"127.0.0.1\", port \(silent.port)"))
        #expect((Duration.milliseconds(290)...Duration.seconds(8)).contains(start.duration(to: .now)))
    }

    @Test("Connecting can be cancelled")
    func cancelled() async throws {
        let silent = try SilentPort()
        let port = silent.port
        let task = Task {
            try await TestServer.connect {
                $0.hosts = "127.0.0.1"
                $0.port = port
                $0.connectTimeout = .seconds(60)
            }
        }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        #expect(try await failure { try await task.value }.code == .cancelled)
    }

    @Test("Of several hosts the first that answers and can be written to is taken")
    func failOver() async throws {
        let silent = try SilentPort()
        let connection = try await TestServer.connect {
            $0.port = "1, \(silent.port), \($0.port)"
            $0.hosts = "127.0.0.1, 127.0.0.1, \($0.hosts)"
            $0.connectTimeout = .seconds(1)
        }
        #expect(try await connection.query("SELECT 1").count == 1)
    }

    @Test("Ports that do not fit the hosts are refused")
    func ports() async throws {
        let error = try await failure {
            try await TestServer.connect {
                $0.hosts = "a,b,c"
                $0.port = "1,2"
            }
        }
        #expect(error.code == .invalidUse)
    }

    @Test("A wrong password and an unknown database are told apart by SQLSTATE, and no password is shown")
    func login() async throws {
        let wrong = try await failure { try await TestServer.connect { $0.password = "falsch-geheim" } }
        #expect(wrong.code == .connectionFailed)
        #expect(wrong.sqlState == "28P01", "the test server has to ask for passwords: initdb -A scram-sha-256")
        #expect(!"\(wrong)".contains("geheim"))
        #expect(!wrong.message.contains("LOCATION"))
        let unknown = try await failure { try await TestServer.connect { $0.database = "no such database" } }
        #expect(unknown.sqlState == "3D000")
        #expect(unknown.message.contains("database \"no such database\" does not exist"))
    }

    @Test("Closing stops a running query, and a closed connection says so")
    func closing() async throws {
        let connection = try await TestServer.connect()
        let running = Task { try await connection.query("SELECT pg_sleep(30)") }
        try await Task.sleep(for: .milliseconds(100))
        let waiting = Task { try await connection.query("SELECT 2") }
        await connection.close()
        #expect(try await failure { try await running.value }.code == .closed)
        #expect(try await failure { try await waiting.value }.code == .closed)
        #expect(await ends(connection.notifications))
        await connection.close()
        #expect(try await failure { try await connection.query("SELECT 1") }.code == .closed)
    }

    @Test("A server that stops answering while its socket lives is given up")
    func hanging() async throws {
        let connection = try await TestServer.connect {
            $0.statementTimeout = .milliseconds(100)
            $0.answerTimeout = .milliseconds(300)
        }
        let pid = await connection.serverPID
        try #require(kill(pid, SIGSTOP) == 0, "the server has to run on this machine, under this user or root")
        defer { kill(pid, SIGCONT) }
        let error = try await failure { try await connection.query("SELECT 1") }
        #expect(error.code == .connectionLost && error.message == "no answer in time")
        #expect(!connection.isUsable)
    }

    @Test("A connection nobody holds any more ends its session")
    func released() async throws {
        let other = try await TestServer.connect()
        let pid = try await { try await TestServer.connect().serverPID }()
        let start = ContinuousClock.now
        while try await !other.query("SELECT FROM pg_stat_activity WHERE pid = $1", [PostgresValue(Int(pid))]).isEmpty {
            try #require(start.duration(to: .now) < .seconds(10))
        }
    }

    @Test("200 connections made and closed leave no thread, no descriptor and no session behind")
    func leaks() async throws {
        func count(_ folder: String) throws -> Int { try FileManager.default.contentsOfDirectory(atPath: folder).count }
        let (threads, descriptors) = (try count("/proc/self/task"), try count("/proc/self/fd"))
        for number in 0..<200 {
            let connection = try await TestServer.connect()
            _ = try await connection.query("SELECT 1")
            if number.isMultiple(of: 2) { await connection.close() }
        }
        // Other tests run at the same time; a leak would be 200 and more.
        let start = ContinuousClock.now
        while try count("/proc/self/task") > threads + 80 || count("/proc/self/fd") > descriptors + 160 {
            try #require(start.duration(to: .now) < .seconds(10), "threads or descriptors are left over")
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test("The password appears in no printed form of a configuration")
    func secrecy() {
        let configuration = PostgresConfiguration(hosts: "db1,db2", user: "sync", password: "geheim", database: "hub")
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect("\(configuration)" == "sync@db1,db2:5432/hub")
        #expect(!"\(dumped) \([configuration]) \(String(reflecting: configuration))".contains("geheim"))
    }
}
