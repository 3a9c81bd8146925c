import Postgres
import Testing

@Suite("Many tasks on one connection", .timeLimit(.minutes(1)))
struct ConcurrencyTests {
    @Test("Each of many concurrent queries gets its own answer")
    func serialised() async throws {
        let connection = try await TestServer.connect()
        try await withThrowingTaskGroup { group in
            for number in 0..<500 {
                group.addTask {
                    let row = try await connection.query("SELECT $1::int AS n, pg_sleep(0.0002)", [.int(Int64(number))]).single()
                    return (number, try row.int("n"))
                }
            }
            for try await (asked, answered) in group { #expect(asked == answered) }
        }
    }

    @Test("Cancelling a task stops its query at the server and leaves the connection usable")
    func cancellation() async throws {
        let connection = try await TestServer.connect()
        let start = ContinuousClock.now
        for _ in 0..<5 {
            let task = Task { try await connection.query("SELECT pg_sleep(30)") }
            try await Task.sleep(for: .milliseconds(50))
            task.cancel()
            let error = try await failure { try await task.value }
            #expect(error.code == .cancelled)
            #expect(try await connection.query("SELECT 1 AS one").single().int("one") == 1)
        }
        #expect(start.duration(to: .now) < .seconds(25))
    }

    @Test("A cancellation that comes too late hits no later query")
    func lateCancellation() async throws {
        let connection = try await TestServer.connect()
        for round in 0..<200 {
            let task = Task { try await connection.query("SELECT pg_sleep(0.001)") }
            try await Task.sleep(for: .microseconds(Int.random(in: 0...3_000)))
            task.cancel()
            let next = try await connection.query("SELECT $1::int AS n, pg_sleep(0.001)", [.int(Int64(round))])
            #expect(try next.single().int("n") == round)
            if case .failure(let error) = await task.result { #expect((error as? PostgresError)?.code == .cancelled) }
        }
    }

    @Test("A task that is cancelled already sends nothing")
    func cancelledBefore() async throws {
        let connection = try await TestServer.connect()
        _ = try await connection.query("CREATE TEMP TABLE t (a int)")
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await connection.query("INSERT INTO t VALUES (1)")
        }
        #expect(try await failure { try await task.value }.code == .cancelled)
        #expect(try await connection.query("SELECT FROM t").isEmpty)
    }

    @Test("Queries of other tasks wait for the end of a transaction")
    func transactionIsolation() async throws {
        let connection = try await TestServer.connect()
        _ = try await connection.query("CREATE TEMP TABLE t (a int)")
        struct Undo: Error {}
        let (begun, signal) = AsyncStream.makeStream(of: Void.self)
        let transaction = Task {
            try await connection.transaction { connection in
                _ = try await connection.query("INSERT INTO t VALUES (1)")
                signal.yield()
                try await Task.sleep(for: .milliseconds(200))
                _ = try await connection.query("INSERT INTO t VALUES (2)")
                throw Undo()
            }
        }
        _ = await next(begun)
        try await withThrowingTaskGroup { group in
            for number in 10..<20 { group.addTask { _ = try await connection.query("INSERT INTO t VALUES ($1)", [PostgresValue(number)]) } }
            try await group.waitForAll()
        }
        await #expect(throws: Undo.self) { try await transaction.value }
        let row = try await connection.query("SELECT count(*) AS n, min(a) AS least FROM t").single()
        #expect(try (row.int("n"), row.int("least")) == (10, 10))
    }

    @Test("Concurrent transactions come one after the other and are committed")
    func transactions() async throws {
        let connection = try await TestServer.connect()
        _ = try await connection.query("CREATE TEMP TABLE t AS SELECT 0 AS a")
        try await withThrowingTaskGroup { group in
            for _ in 0..<20 {
                group.addTask {
                    try await connection.transaction { connection in
                        let value = try await connection.query("SELECT a FROM t").single().int("a")
                        await Task.yield()
                        _ = try await connection.query("UPDATE t SET a = $1", [PostgresValue(value + 1)])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await connection.query("SELECT a FROM t").single().int("a") == 20)
    }

    @Test("A cancelled transaction is rolled back, and who waited for it goes on")
    func cancelledTransaction() async throws {
        let connection = try await TestServer.connect()
        _ = try await connection.query("CREATE TEMP TABLE t (a int)")
        let (begun, signal) = AsyncStream.makeStream(of: Void.self)
        let transaction = Task {
            try await connection.transaction { connection in
                _ = try await connection.query("INSERT INTO t VALUES (1)")
                signal.yield()
                try? await Task.sleep(for: .seconds(30))
            }
        }
        _ = await next(begun)
        let impatient = Task { try await connection.query("SELECT 1") }
        async let waiting = connection.query("SELECT FROM t")
        try await Task.sleep(for: .milliseconds(20))
        impatient.cancel()
        #expect(try await failure { try await impatient.value }.code == .cancelled)
        transaction.cancel()
        await #expect(throws: CancellationError.self) { try await transaction.value }
        #expect(try await waiting.isEmpty)
    }

    @Test("A transaction in which a statement failed is not reported as committed")
    func failedTransaction() async throws {
        let connection = try await TestServer.connect()
        let error = try await failure {
            try await connection.transaction { connection in _ = try? await connection.query("SELECT 1 / 0") }
        }
        #expect(error.code == .server)
        #expect(try await connection.query("SELECT 1 AS one").count == 1)
    }

    @Test("A transaction inside a transaction is refused, with another connection's in between, too")
    func nested() async throws {
        let (outer, other) = (try await TestServer.connect(), try await TestServer.connect())
        let error = try await failure {
            try await outer.transaction { outer in
                try await other.transaction { _ in
                    _ = try await outer.query("SELECT 1")
                    try await outer.transaction { _ in }
                }
            }
        }
        #expect(error.code == .invalidUse)
    }
}
