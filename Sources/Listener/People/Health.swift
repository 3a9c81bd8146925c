import Postgres

/// What an operator asks at nine in the morning.
public struct Health: Sendable {
    /// One employee.
    public struct Employee: Sendable {
        /// The Kürzel.
        public let kuerzel: String
        /// Whether Advoware still names the employee.
        public let isActive: Bool
        /// Whether nothing is done for the employee at present.
        public let isPaused: Bool
        /// End of the last good sync, to the minute, in UTC.
        public let lastGoodSync: String?
        /// How the last run ended.
        public let lastRunStatus: String?
        /// Links that wait, have failed, are held, are in doubt.
        public let waiting, failed, held, inDoubt: Int
        /// What a person is to do.
        public let needs: String?
        /// Whether a person should look, as the hub says.
        public let needsAttention: Bool
    }

    /// A process that works for the hub.
    public struct Listener: Sendable {
        /// Its name.
        public let name: String
        /// Seconds since its last heartbeat.
        public let secondsSinceHeartbeat: Int
        /// False: it has died or is cut off; what it had is taken over.
        public let isAlive: Bool
    }

    /// In the order of their Kürzel.
    public let employees: [Employee]
    /// Those that have not left and were heard of within a day.
    public let listeners: [Listener]
    /// Requests that wait and that run.
    public let waitingRequests, runningRequests: Int
    /// What the hub itself needs from a person, whichever employee.
    public let hubNeeds: [String]

    /// Whether a person should look.
    public var needsAttention: Bool { !hubNeeds.isEmpty || employees.contains(where: \.needsAttention) }
    /// Whether something was asked for and nobody is there to do it.
    public var isQueueAbandoned: Bool { waitingRequests + runningRequests > 0 && !listeners.contains(where: \.isAlive) }
}

extension HubClient {
    /// Reads the hub's health.
    ///
    /// - Throws: `PostgresError`.
    public func health() async throws -> Health {
        let employees = try await call("SELECT * FROM bi.health ORDER BY employee_kuerzel").map { row in
            Health.Employee(
                kuerzel: try row.string("employee_kuerzel"), isActive: try row.bool("active"), isPaused: try row.bool("paused"),
                lastGoodSync: try row.optionalString("last_good_sync").map { "\($0.prefix(16)) UTC" },
                lastRunStatus: try row.optionalString("last_run_status"),
                waiting: try row.optionalInt("waiting") ?? 0, failed: try row.optionalInt("failed") ?? 0,
                held: try row.optionalInt("held") ?? 0,
                inDoubt: try row.optionalInt("in_doubt") ?? 0,
                needs: try row.optionalString("needs").flatMap { $0 == "nothing" ? nil : $0 },
                needsAttention: try row.bool("needs_attention")
            )
        }
        let listeners = try await call(
            """
            SELECT listener, extract(epoch FROM pg_catalog.clock_timestamp() - heartbeat_at)::bigint AS age,
                heartbeat_at > pg_catalog.clock_timestamp() - (SELECT lease FROM sync.setting) AS alive
            FROM sync.listener WHERE stopped_at IS NULL AND heartbeat_at > pg_catalog.clock_timestamp() - interval '1 day' ORDER BY heartbeat_at DESC
            """
        ).map { row in
            Health.Listener(
                name: try row.string("listener"), secondsSinceHeartbeat: try row.int("age"), isAlive: try row.bool("alive"))
        }
        let queue = try await call(
            """
            SELECT count(*) FILTER (WHERE status = 'waiting') AS waiting, count(*) FILTER (WHERE status = 'running') AS running
            FROM sync.request WHERE status IN ('waiting', 'running')
            """
        ).single()
        let hubNeeds = try await call("SELECT needs FROM bi.hub_health").map { try $0.string("needs") }
        return Health(
            employees: employees, listeners: listeners, waitingRequests: try queue.int("waiting"),
            runningRequests: try queue.int("running"),
            hubNeeds: hubNeeds
        )
    }
}
