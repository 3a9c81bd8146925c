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
}
