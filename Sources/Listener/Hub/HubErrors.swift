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
    /// Others kept the hub from answering in time. Nothing is wrong with the statement; it has been undone.
    public var isBusy: Bool { isCollision || sqlState == "57014" }
    /// The code with which a run or a row ends that the hub refused a statement.
    var hubCode: String { (isBusy ? HubCode.hubBusy : .hubError).rawValue }
    /// Waiting does not help: the configuration, or what the database allows this login, has to be changed.
    public var isMisconfigured: Bool {
        switch sqlState {
        case "CS001", "28P01", "28000", "3D000", "42501": true
        case _ where isOtherVersion: sqlState != "CS002"
        default: code == .invalidUse || isPasswordMissing || isTLSRefused
        }
    }
    /// libpq has no code for it, only this sentence.
    private var isPasswordMissing: Bool { code == .connectionFailed && message.contains("no password supplied") }
    /// Nor for what keeps TLS from coming about: the server has none, or its certificate will not do.
    private var isTLSRefused: Bool {
        code == .connectionFailed
            && ["does not support SSL", "root certificate file", "certificate verify failed", "server certificate for"].contains {
                message.contains($0)
            }
    }
    /// The caller's input is wrong; the message names field, value and what is allowed.
    public var isBadInput: Bool { ["22023", "23514"].contains(sqlState) }

    /// What an operator can do about it; nil where the message says it all.
    public var remedy: String? {
        switch sqlState {
        case "CS001", "CS002": hint
        case "3F000", "42883", "42P01": "install the hub: psql -f ops/create_db.sql; or check POSTGRES_DB_NAME"
        case "28P01", "28000": "check POSTGRES_USER, POSTGRES_PASSWORD and pg_hba.conf"
        case "3D000": "check POSTGRES_DB_NAME, or create the database: psql -f ops/create_db.sql"
        case "42501":
            "as a superuser: GRANT calendar_sync_user TO the login in POSTGRES_USER; with it come CONNECT and all that a listener needs "
                + "(psql -f ops/create_db.sql does it, too)"
        case _ where isPasswordMissing: "set POSTGRES_PASSWORD: the server asks this login for a password"
        case _ where isTLSRefused:
            "check POSTGRES_SSLMODE: require needs a server with TLS, verify-ca and verify-full the root certificate that signed its "
                + "certificate; prefer takes what the server has"
        case _ where isBusy: "somebody holds a lock for long: SELECT * FROM pg_stat_activity WHERE wait_event_type = 'Lock' shows who waits"
        default: code == .connectionFailed ? "check POSTGRES_HOST, POSTGRES_PORT and that the database runs" : hint
        }
    }
}
