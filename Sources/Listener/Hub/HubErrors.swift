public import Postgres

extension PostgresError {
    /// The hub belongs to another office: this listener must not start.
    public var isOtherOffice: Bool { sqlState == "CS001" }
    /// The hub's functions are of another version, or are not there at all.
    public var isOtherVersion: Bool { ["CS002", "3F000", "42883", "42P01"].contains(sqlState) }
    /// Somebody else may have the run by now: nothing more may be sent for it.
    var isLeaseLost: Bool { sqlState == "CS003" }
    /// The database cannot be reached, or can no longer be reached: a new session may help.
    public var isConnectionLost: Bool {
        switch code {
        case .connectionFailed, .connectionLost, .closed: true
        // 57P0x: shutdown and the like; 08xxx: connection exceptions.
        default: sqlState?.hasPrefix("57P0") == true || sqlState?.hasPrefix("08") == true
        }
    }

    /// Another transaction was in the way: the same statement may succeed at once.
    var isCollision: Bool { ["40001", "40P01", "55P03"].contains(sqlState) }
    /// The caller's input is wrong; the message names field, value and what is allowed.
    public var isBadInput: Bool { ["22023", "23514"].contains(sqlState) }

    /// What an operator can do about it; nil where the message says it all.
    public var remedy: String? {
        switch sqlState {
        case "CS001", "CS002": hint
        case "3F000", "42883", "42P01": "install the hub: psql -f ops/create_db.sql"
        case "28P01", "28000": "check POSTGRES_USER, POSTGRES_PASSWORD and pg_hba.conf"
        case "3D000": "check POSTGRES_DB_NAME, or create the database: psql -f ops/create_db.sql"
        case "42501": "grant the role calendar_sync_user to this login: psql -f ops/create_db.sql"
        default: code == .connectionFailed ? "check POSTGRES_HOST, POSTGRES_PORT and that the database runs" : hint
        }
    }
}
