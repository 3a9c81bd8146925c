import JSON
import Postgres
import Testing

@Suite("Values", .timeLimit(.minutes(1)))
struct ValueTests {
    @Test("Every kind of parameter comes back as it was sent")
    func roundTrip() async throws {
        let connection = try await TestServer.connect()
        let row = try await connection.query(
            """
            SELECT $1::text AS text, $2::bigint AS int, $3 AS bool, $4::float8 AS double, $5 AS instant, $6 AS json,
                   to_jsonb($7) AS texts, to_jsonb($8) AS ints, $9::text AS nothing
            """,
            [
                "Müller & Söhne ✓ 'x' \\ \"y\"", .int(.min), true, 0.1, .timestamp(microseconds: 1_774_746_123_456_789),
                .json(#"{"a": [1, null]}"#),
                .textArray(["", "a,b", #"q"\u{7D}\"#, "NULL", "ä"]), .intArray([1, -9_007_199_254_740_993]), nil,
            ]
        ).single()
        #expect(try row.string("text") == "Müller & Söhne ✓ 'x' \\ \"y\"")
        #expect(try row.int64("int") == .min)
        #expect(try row.bool("bool"))
        #expect(try row.double("double") == 0.1)
        #expect(try row.timestamp("instant") == 1_774_746_123_456_789)
        #expect(try row.string("instant") == "2026-03-29 01:02:03.456789+00")
        #expect(try row.json("json") == ["a": [1, nil]])
        #expect(try row.json("texts") == ["", "a,b", #"q"\u{7D}\"#, "NULL", "ä"])
        #expect(try row.json("ints") == [1, -9_007_199_254_740_993])
        #expect(try row.optionalString("nothing") == nil)
    }

    @Test("Long texts come back as they were sent, beside short ones and NULLs, and are searched for zeros, too")
    func longTexts() async throws {
        let connection = try await TestServer.connect()
        let texts = ["ä\"", "x"].map { String(repeating: $0, count: 50_000) }
        let row = try await connection.query(
            "SELECT $1::text AS a, $2::text AS b, $3::text AS c, $4 AS d, $5 AS e",
            [.text(texts[0]), nil, "short", .json("[\"\(texts[1])\"]"), .timestamp(microseconds: 1)]
        ).single()
        #expect(try row.string("a") == texts[0] && row.optionalString("b") == nil && row.string("c") == "short")
        #expect(try row.json("d") == [.string(texts[1])] && row.timestamp("e") == 1)
        let error = await #expect(throws: PostgresError.self) { try await connection.query("SELECT $1::text", [.text(texts[1] + "\0")]) }
        #expect(error?.code == .invalidUse)
    }

    @Test("Untyped parameters take the type of the place where they stand")
    func inference() async throws {
        let connection = try await TestServer.connect()
        _ = try await connection.query("CREATE TYPE pg_temp.colour AS ENUM ('red', 'blue')")
        _ = try await connection.query("CREATE TEMP TABLE t (c pg_temp.colour, u uuid, s smallint, d date, n numeric)")
        let inserted = try await connection.query(
            "INSERT INTO t VALUES ($1, $2, $3, $4, $5)", ["blue", "5b1c0d3e-0000-4000-8000-000000000001", 7, "2026-02-28", 1.25])
        #expect(inserted.affectedRows == 1)
        #expect(inserted.commandTag == "INSERT 0 1")
        let row = try await connection.query("SELECT * FROM t").single()
        #expect(try row.string("c") == "blue")
        #expect(try row.int("s") == 7)
        #expect(try row.string("d") == "2026-02-28")
        #expect(try row.double("n") == 1.25)
    }

    @Test(
        "Instants agree with the server's calendar from the year 1 to 99999",
        arguments: [
            "0001-01-01 00:00:00+00", "1900-02-28 23:59:59.999999+00", "1969-12-31 23:59:59.5+00", "1970-01-01 00:00:00+00",
            "2000-02-29 12:00:00.000001+00", "2024-12-31 23:59:59+00", "2100-03-01 00:00:00+00", "99999-12-31 00:00:00+00",
        ])
    func instants(text: String) async throws {
        let connection = try await TestServer.connect()
        let row = try await connection.query(
            "SELECT $1::timestamptz AS t, (extract(epoch FROM $1::timestamptz) * 1000000)::bigint AS micros", [.text(text)]
        ).single()
        let micros = try row.int64("micros")
        #expect(try row.timestamp("t") == micros)
        let back = try await connection.query("SELECT $1::text AS t", [.timestamp(microseconds: micros)])
        #expect(try back.single().string("t") == text)
    }

    @Test("Infinity and a timestamp without zone are not read as instants")
    func noInstants() async throws {
        let connection = try await TestServer.connect()
        let row = try await connection.query("SELECT 'infinity'::timestamptz AS endless, '2026-01-01'::timestamp AS local").single()
        for column in ["endless", "local"] {
            let error = try await failure { try row.timestamp(column) }
            #expect(error.code == .decoding)
            #expect(error.message.contains("\"\(column)\" of type timestamp with"))
        }
    }

    @Test("A wrong accessor names column and type and not the value")
    func decodingErrors() async throws {
        let connection = try await TestServer.connect()
        let row = try await connection.query("SELECT 'geheim'::text AS name, NULL::int AS gap, 1.5::numeric AS n").single()
        #expect(try await failure { try row.int("name") }.message == "column \"name\" of type text cannot be read as Int")
        #expect(try await failure { try row.int64("n") }.message == "column \"n\" of type numeric cannot be read as Int64")
        #expect(try await failure { try row.bool("name") }.message == "column \"name\" of type text cannot be read as Bool")
        #expect(try await failure { try row.json("name") }.message == "column \"name\" of type text cannot be read as JSON")
        #expect(try await failure { try row.int("gap") }.message == "column \"gap\" is NULL")
        #expect(try await failure { try row.string("nme") }.message == "there is no column \"nme\"; there are: name, gap, n")
    }

    @Test("A parameter is never read as SQL")
    func injection() async throws {
        let connection = try await TestServer.connect()
        _ = try await connection.query("CREATE TEMP TABLE victim (name text)")
        let evil = "x'); DROP TABLE victim; --"
        _ = try await connection.query("INSERT INTO victim VALUES ($1)", [.text(evil)])
        #expect(try await connection.query("SELECT name FROM victim").single().string("name") == evil)
        let error = try await failure { try await connection.query("SELECT 1; SELECT 2") }
        #expect(error.sqlState == "42601", "several statements in one text are refused")
    }

    @Test("The character U+0000 is refused instead of cutting a text short")
    func zero() async throws {
        let connection = try await TestServer.connect()
        let error = try await failure { try await connection.query("SELECT $1::text, $2::text", ["a", "b\u{0}c"]) }
        #expect(error.code == .invalidUse)
        #expect(error.message.hasPrefix("parameter $2"))
        #expect(try await failure { try await connection.query("SELECT 1 \u{0} garbage") }.code == .invalidUse)
        #expect(try await failure { try await connection.query("SELECT $1", [.textArray(["\u{0}"])]) }.code == .invalidUse)
    }

    @Test("A large result arrives whole")
    func large() async throws {
        let connection = try await TestServer.connect()
        let rows = try await connection.query("SELECT i, repeat('ü', 100) AS text FROM generate_series(1, 50000) AS i")
        #expect(rows.count == 50_000)
        #expect(rows.affectedRows == 50_000)
        #expect(try rows[49_999].int("i") == 50_000)
        #expect(try rows[49_999].string("text") == String(repeating: "ü", count: 100))
    }

    @Test("A parameter larger than every buffer on the way arrives whole")
    func largeParameter() async throws {
        let connection = try await TestServer.connect()
        let text = String(repeating: "0123456789abcdef", count: 1 << 20)
        let row = try await connection.query("SELECT length($1) AS n, md5($1) = md5($2) AS same", [.text(text), .text(text)]).single()
        #expect(try row.int("n") == 16 << 20)
        #expect(try row.bool("same"))
    }

    @Test("No rows and an empty statement are results too")
    func empty() async throws {
        let connection = try await TestServer.connect()
        let rows = try await connection.query("SELECT 1 AS a WHERE false")
        #expect(rows.isEmpty)
        #expect(rows.columns == ["a"])
        #expect(try await failure { try rows.single() }.message == "expected one row, got 0")
        #expect(try await connection.query("").columns.isEmpty)
    }

    @Test("A printed parameter shows its kind and not its value")
    func printing() {
        var dumped = ""
        dump([PostgresValue.text("geheim")], to: &dumped)
        #expect("\(PostgresValue.text("geheim")) \([PostgresValue.json("geheim")])" == "text [json]")
        #expect(!dumped.contains("geheim"))
    }
}
