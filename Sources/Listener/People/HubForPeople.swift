import Postgres

/// What somebody asks for.
public struct SyncWish: Sendable {
    /// nil: all four.
    public let phase: Int?
    /// nil: all.
    public let employee: String?
    /// Copies are anonymised from now on (`full_content = false`).
    public let isAnonymized: Bool
    /// No timestamp and no sync token is trusted.
    public let isRecheck: Bool
    /// Nothing is changed.
    public let isDryRun: Bool

    /// A wish.
    public init(phase: Int?, employee: String?, isAnonymized: Bool, isRecheck: Bool, isDryRun: Bool) {
        self.phase = phase
        self.employee = employee
        self.isAnonymized = isAnonymized
        self.isRecheck = isRecheck
        self.isDryRun = isDryRun
    }
}

/// What a request is at.
public struct RequestState: Sendable {
    /// `waiting`, `running`, `merged`, or how it ended.
    public let status: String
    /// What the hub says about it.
    public let message: String?
    /// The request whose work this one shares.
    public let mergedInto: Int64?

    /// Whether nothing more will happen.
    public var hasEnded: Bool { !["waiting", "running", "merged"].contains(status) }

    /// The code of a request that came to no run.
    public var code: String? { message.map { String($0.prefix { $0 != ";" }) } }
}

/// One employee's run.
public struct RunState: Sendable {
    /// The run's number.
    public let runID: Int64
    /// The employee.
    public let employee: String
    /// `waiting`, `running`, or how it ended.
    public let status: String
    /// Why it failed as a whole.
    public let errorCode: String?

    /// Whether nothing more will happen.
    public var hasEnded: Bool { !["waiting", "running"].contains(status) }
}

/// Numbers of one employee, phase and kind of action.
public struct ProgressRow: Sendable {
    /// The employee.
    public let employee: String
    /// The phase; nil: nothing was planned.
    public let phase: Int?
    /// The kind of action; nil: nothing was planned.
    public let kind: String?
    /// How many rows of each status, in the order of `statuses`.
    public let counts: [Int]

    /// The statuses that are counted.
    public static let statuses = ["planned", "done", "failed", "refused", "held", "in_doubt", "superseded"]
}

/// How far a request is with one phase.
public struct PhaseProgress: Sendable {
    /// The phase.
    public let phase: Int
    /// How many employees the request is for, how many of them are done, and how many have come to this phase.
    public let runs, runsEnded, runsPlanned: Int
    /// How many actions there are or, while not everybody has come to this phase, will be.
    public let expected: Int
    /// How many have ended, and how many of these failed, were held or refused.
    public let ended, failed: Int
    /// How many end in a second.
    public let perSecond: Double?
    /// Until all have ended; nil: nothing can be said yet.
    public let secondsLeft: Int?
}

/// An action worth a line of its own.
public struct NotableAction: Sendable {
    /// The action's number.
    public let actionID: Int64
    /// The employee.
    public let employee: String
    /// The phase.
    public let phase: Int
    /// The kind of action.
    public let kind: String
    /// `failed`, `refused`, `held`, `in_doubt`, or `planned` in a dry run.
    public let status: String
    /// Why it was planned.
    public let reason: String
    /// The code with which it ended.
    public let result: String?
    /// The Termin.
    public let frNr: Int64?
}

extension HubClient {
    /// The version of the hub's functions.
    ///
    /// - Throws: `PostgresError`, `isOtherVersion` if there is no hub.
    public func hubSchemaVersion() async throws -> Int {
        try await call("SELECT engine.schema_version() AS version").single().int("version")
    }

    /// Whether a listener has tied the hub to this configuration's office already.
    ///
    /// - Throws: `PostgresError`, `isOtherOffice` if the hub belongs to another.
    func isOfOffice(_ configuration: Configuration) async throws -> Bool {
        try await call(
            "SELECT engine.require_office(kanzlei => $1, database_name => $2, host => $3) AS known",
            [.text(configuration.advoware.kanzlei), .text(configuration.advoware.database), .text(configuration.advowareHost)]
        ).single().bool("known")
    }

    /// Whether any listener gave a heartbeat lately.
    public func isListenerAlive() async throws -> Bool {
        try await call("SELECT sync.listener_alive() AS alive").single().bool("alive")
    }

    /// Asks for a sync.
    ///
    /// - Throws: `PostgresError`; 22023 and 23514 name the field, the value and what is allowed.
    public func requestSync(_ wish: SyncWish) async throws -> Int64 {
        try await call(
            "SELECT sync.request_sync(phase => $1, employee => $2, full_content => $3, recheck => $4, dry_run => $5) AS request_id",
            [
                PostgresValue(wish.phase), PostgresValue(wish.employee), .bool(!wish.isAnonymized), .bool(wish.isRecheck),
                .bool(wish.isDryRun),
            ]
        ).single().int64("request_id")
    }

    /// What a request is at.
    public func request(_ requestID: Int64) async throws -> RequestState {
        let row = try await call("SELECT status, message, merged_into FROM sync.request WHERE request_id = $1", [.int(requestID)]).single()
        return RequestState(
            status: try row.string("status"), message: try row.optionalString("message"), mergedInto: try row.optionalInt64("merged_into"))
    }

    /// The runs of a request in the order of their employees.
    public func runs(of requestID: Int64) async throws -> [RunState] {
        try await call(
            "SELECT run_id, employee_kuerzel, status, error_code FROM sync.run WHERE request_id = $1 ORDER BY employee_kuerzel",
            [.int(requestID)]
        ).map { row in
            RunState(
                runID: try row.int64("run_id"), employee: try row.string("employee_kuerzel"), status: try row.string("status"),
                errorCode: try row.optionalString("error_code"))
        }
    }

    /// What has been done for a request so far.
    public func progress(of requestID: Int64) async throws -> [ProgressRow] {
        try await call("SELECT * FROM sync.progress(request_id => $1)", [.int(requestID)]).map { row in
            ProgressRow(
                employee: try row.string("employee_kuerzel"), phase: try row.optionalInt("phase"), kind: try row.optionalString("kind"),
                counts: try ProgressRow.statuses.map { try row.optionalInt($0) ?? 0 })
        }
    }

    /// How far a request is, phase by phase.
    public func phaseProgress(of requestID: Int64) async throws -> [PhaseProgress] {
        try await call(
            "SELECT *, per_second::double precision AS rate, seconds_left::integer AS left FROM sync.phase_progress(request_id => $1)",
            [.int(requestID)]
        ).map { row in
            PhaseProgress(
                phase: try row.int("phase"), runs: try row.int("runs"), runsEnded: try row.int("runs_ended"),
                runsPlanned: try row.int("runs_planned"), expected: try row.int("expected"), ended: try row.int("ended"),
                failed: try row.int("failed"), perSecond: try row.optionalDouble("rate"), secondsLeft: try row.optionalInt("left"))
        }
    }

    /// The actions of a request that have one of these statuses, and why.
    public func actions(of requestID: Int64, statuses: [String]) async throws -> [NotableAction] {
        try await call(
            """
            SELECT t.action_id, t.employee_kuerzel, t.phase, t.kind, t.status, t.reason, t.result, t.advoware_frnr
            FROM sync.action AS t JOIN sync.run AS r ON r.run_id = t.run_id
            WHERE r.request_id = $1 AND t.status = ANY ($2)
            ORDER BY t.employee_kuerzel, t.phase, t.action_id
            """, [.int(requestID), .textArray(statuses)]
        ).map { row in
            NotableAction(
                actionID: try row.int64("action_id"), employee: try row.string("employee_kuerzel"), phase: try row.int("phase"),
                kind: try row.string("kind"), status: try row.string("status"), reason: try row.string("reason"),
                result: try row.optionalString("result"), frNr: try row.optionalInt64("advoware_frnr"))
        }
    }
}
