import Advoware
import GoogleCalendar
import Postgres
import Testing

@testable import Listener

@Suite("The exit code")
struct CommandStatusTests {
    @Test(
        "of a run follows from its error code",
        arguments: [
            ("advoware_timeout", 3), ("advoware_unreachable", 3), ("google_tls", 3), ("google_server_error", 3), ("database_lost", 3),
            ("advoware_wrong_password", 1), ("google_forbidden", 1), ("reading_overtaken", 1), ("hub_error", 1), ("hub_busy", 1),
            ("paused", 1),
        ])
    func runErrorCode(code: String, expected: Int32) {
        #expect(CommandStatus(runErrorCode: code).rawValue == expected)
    }

    @Test(
        "of a request is 0 only when it is done", arguments: [("done", 0), ("failed", 1), ("held", 1), ("cancelled", 1), ("rejected", 1)])
    func request(status: String, expected: Int32) {
        #expect(CommandStatus(requestStatus: status, runErrorCodes: []).rawValue == expected)
        #expect(CommandStatus(requestStatus: status, runErrorCodes: ["google_unreachable"]).rawValue == 3)
    }

    @Test("of an error tells wrong usage from what cannot be reached")
    func errors() {
        func database(_ code: PostgresError.Code, _ sqlState: String?) -> CommandStatus {
            var error = PostgresError(code, "x")
            error.sqlState = sqlState
            return CommandStatus(error)
        }
        #expect(CommandStatus(ConfigurationError("A", allowed: "b")) == .usage)
        #expect(database(.connectionFailed, nil) == .unreachable)
        #expect(database(.connectionLost, "57P01") == .unreachable)
        #expect(database(.connectionFailed, "28P01") == .usage)
        #expect(database(.server, "CS001") == .usage)
        #expect(database(.server, "22023") == .usage)
        #expect(database(.server, "CS002") == .problems)
        #expect(CommandStatus(AdvowareError(.wrongPassword, operation: "login")) == .problems)
        #expect(CommandStatus(AdvowareError(.unreachable, operation: "login")) == .unreachable)
        #expect(CommandStatus(GoogleError(.configuration, operation: "login")) == .usage)
    }

    @Test(
        "of a database that refuses the configuration is 2, and the remedy names what to change",
        arguments: [
            (
                PostgresError.Code.connectionFailed, "connection to server failed: fe_sendauth: no password supplied", nil,
                "POSTGRES_PASSWORD"
            ),
            (.connectionFailed, "server does not support SSL, but SSL was required", nil, "POSTGRES_SSLMODE"),
            (.connectionFailed, "root certificate file \"/etc/ssl/root.crt\" does not exist", nil, "POSTGRES_SSLMODE"),
            (.connectionFailed, "FATAL: permission denied for database \"x\"", "42501", "GRANT calendar_sync_user"),
            (.server, "permission denied for function listener_start", "42501", "GRANT calendar_sync_user"),
            (.server, "schema \"sync\" does not exist", "3F000", "ops/create_db.sql"),
            (.server, "function engine.schema_version() does not exist", "42883", "ops/create_db.sql"),
            (.connectionFailed, "database \"x\" does not exist", "3D000", "POSTGRES_DB_NAME"),
        ] as [(PostgresError.Code, String, String?, String)])
    func misconfigured(code: PostgresError.Code, message: String, sqlState: String?, named: String) throws {
        var error = PostgresError(code, message)
        error.sqlState = sqlState
        #expect(CommandStatus(error) == .usage)
        #expect(try #require(error.remedy).contains(named))
    }

    @Test(
        "tells a hub that is busy from one that has a bug",
        arguments: [("55P03", "hub_busy"), ("40P01", "hub_busy"), ("57014", "hub_busy"), ("XX000", "hub_error")])
    func busy(sqlState: String, code: String) {
        var error = PostgresError(.server, "x")
        error.sqlState = sqlState
        #expect(error.hubCode == code)
        #expect(CommandStatus(error) == .problems)
    }
}
