import Postgres
import Testing

@Suite("Errors", .timeLimit(.minutes(1)))
struct ErrorTests {
    @Test("An error of the server carries SQLSTATE, message, hint and place")
    func serverError() async throws {
        let connection = try await TestServer.connect()
        let error = try await failure {
            try await connection.query(
                """
                DO $$ BEGIN RAISE EXCEPTION 'phase 7 is unknown; allowed: 1 to 4'
                      USING ERRCODE = '22023', DETAIL = 'the detail', HINT = 'the hint', TABLE = 'request', COLUMN = 'phase'; END $$
                """)
        }
        #expect(error.code == .server)
        #expect(error.sqlState == "22023")
        #expect(error.message == "phase 7 is unknown; allowed: 1 to 4")
        #expect(error.detail == "the detail")
        #expect(error.hint == "the hint")
        #expect(error.table == "request")
        #expect(error.column == "phase")
        #expect(error.context?.contains("RAISE") == true)
        #expect(try await connection.query("SELECT 1 AS one").single().int("one") == 1, "the connection stays usable")
    }

    @Test("A violated constraint is named, and no value of the row appears in the description")
    func constraint() async throws {
        let connection = try await TestServer.connect()
        _ = try await connection.query("CREATE TEMP TABLE t (name text CONSTRAINT one_name UNIQUE)")
        _ = try await connection.query("INSERT INTO t VALUES ($1)", ["geheim"])
        let error = try await failure { try await connection.query("INSERT INTO t  VALUES\n  ($1)", ["geheim"]) }
        #expect(error.sqlState == "23505")
        #expect(error.constraint == "one_name")
        #expect(error.detail?.contains("geheim") == true)
        #expect(!"\(error) \([error])".contains("geheim"))
        #expect(error.statement == "INSERT INTO t VALUES ($1)")
    }

    @Test("COPY is refused, for it would never end")
    func copy() async throws {
        for sql in ["COPY (SELECT 1) TO STDOUT", "COPY pg_temp.t FROM STDIN"] {
            let connection = try await TestServer.connect()
            _ = try await connection.query("CREATE TEMP TABLE t (a int)")
            let error = try await failure { try await connection.query(sql) }
            #expect(error.code == .invalidUse)
            #expect(!connection.isUsable)
        }
    }

    @Test("The session's limits hold")
    func limits() async throws {
        let connection = try await TestServer.connect {
            $0.statementTimeout = .milliseconds(100)
            $0.lockTimeout = .microseconds(1_500)
            $0.idleInTransactionTimeout = .seconds(7)
        }
        let error = try await failure { try await connection.query("SELECT pg_sleep(20)") }
        #expect(error.code == .server)
        #expect(error.sqlState == "57014")
        for (name, value) in [("lock_timeout", "2ms"), ("idle_in_transaction_session_timeout", "7s"), ("TimeZone", "UTC")] {
            #expect(try await connection.query("SELECT current_setting($1) AS value", [.text(name)]).single().string("value") == value)
        }
    }

    @Test("Notices arrive while the statement that raises them still runs, and nothing but notices")
    func notices() async throws {
        let connection = try await TestServer.connect()
        let notices = connection.notices
        let statement = Task {
            try await connection.query(
                """
                DO $$ BEGIN RAISE NOTICE 'Fortschritt: %', 'ä' USING HINT = 'warten'; RAISE WARNING 'zwei' USING DETAIL = 'd';
                      PERFORM pg_sleep(30); END $$
                """)
        }
        let first = try #require(await next(notices, within: .seconds(20)))
        #expect((first.severity, first.message, first.hint) == ("NOTICE", "Fortschritt: ä", "warten"))
        let second = try #require(await next(notices, within: .seconds(20)))
        #expect((second.severity, second.sqlState, second.message, second.detail) == ("WARNING", "01000", "zwei", "d"))
        await connection.close()
        let error = try await failure { try await statement.value }
        #expect(error.code == .closed)
        #expect(await ends(notices))
    }

    @Test("A procedure may commit in the middle")
    func procedure() async throws {
        let connection = try await TestServer.connect()
        _ = try await connection.query("CREATE TEMP TABLE t (a int)")
        _ = try await connection.query(
            """
            CREATE PROCEDURE pg_temp.p(INOUT total int) LANGUAGE plpgsql
            AS $$ BEGIN INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (2); ROLLBACK; total := 9; END $$
            """)
        #expect(try await connection.query("CALL pg_temp.p($1)", [0]).single().int("total") == 9)
        #expect(try await connection.query("SELECT count(*) AS n FROM t").single().int("n") == 1)
    }
}
