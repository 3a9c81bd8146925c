import Advoware
import JSON
public import Postgres

/// The hub's functions, typed. Each call is one statement in a transaction of its own.
///
/// A value of this type is one session; when that is lost every call throws, and a new client is to be connected.
public struct HubClient: Sendable {
    /// The version of the hub's functions that this program was built for.
    public static let schemaVersion = 5
    /// The channel of the hub's notifications.
    static let channel = "calendar_sync"

    let connection: PostgresConnection
    private let configuration: PostgresConfiguration

    /// Opens a session.
    ///
    /// - Throws: `PostgresError`.
    public static func connect(_ configuration: PostgresConfiguration) async throws(PostgresError) -> HubClient {
        HubClient(connection: try await PostgresConnection.connect(configuration), configuration: configuration)
    }

    /// Ends the session.
    public func close() async { await connection.close() }

    /// Again after a collision with another transaction: a statement that lost one has been undone.
    func call(_ sql: String, _ parameters: [PostgresValue] = []) async throws(PostgresError) -> PostgresRows {
        for pause in Self.collisions {
            do {
                return try await once(sql, parameters)
            } catch {
                guard error.isCollision else { throw error }
                try? await Task.sleep(for: pause)
            }
        }
        return try await once(sql, parameters)
    }

    private func once(_ sql: String, _ parameters: [PostgresValue]) async throws(PostgresError) -> PostgresRows {
        CrashPoint.pass(.before, statement: sql)
        let rows = try await connection.query(sql, parameters)
        CrashPoint.pass(.after, statement: sql)
        return rows
    }

    func perform(_ sql: String, _ parameters: [PostgresValue]) async throws(PostgresError) {
        _ = try await call(sql, parameters)
    }

    /// Performs what may be performed twice, again after a collision with another transaction, and in a session of its own after this one
    /// is lost: what has been done outside must be told.
    func tell(_ sql: String, _ parameters: [PostgresValue]) async throws(PostgresError) {
        for attempt in 0..<Self.tellings.count {
            do {
                if connection.isUsable {
                    _ = try await once(sql, parameters)
                    return
                }
                let another = try await PostgresConnection.connect(configuration)
                _ = try await another.query(sql, parameters)
                return await another.close()
            } catch {
                guard error.isConnectionLost || error.isCollision else { throw error }
                try? await Task.sleep(for: Self.tellings[attempt])
            }
        }
        try await perform(sql, parameters)
    }

    /// Short beside the server's own lock time-out, which comes before each of them.
    private static let collisions: [Duration] = [.milliseconds(50), .milliseconds(200), .milliseconds(500)]
    /// Waits that together stay below the shortest useful lease.
    private static let tellings: [Duration] = [.milliseconds(100), .milliseconds(500), .seconds(1), .seconds(2), .seconds(4)]
}

// MARK: - The listener's life

extension HubClient {
    /// Registers this listener.
    ///
    /// - Throws: `PostgresError`; see `isOtherOffice` and `isOtherVersion`.
    func start(listener: String, configuration: Configuration) async throws(PostgresError) {
        try await perform(
            """
            SELECT engine.listener_start(listener => $1, kanzlei => $2, database_name => $3, host => $4, schema_version => $5,
                anonymize => $6)
            """,
            [
                .text(listener), .text(configuration.advoware.kanzlei), .text(configuration.advoware.database),
                .text(configuration.advowareHost), .int(Int64(Self.schemaVersion)), .bool(configuration.anonymize),
            ])
    }

    /// - Parameter fences: the claims whose leases are extended.
    func heartbeat(listener: String, fences: [Int64]) async throws(PostgresError) {
        try await perform("SELECT engine.heartbeat(listener => $1, fences => $2)", [.text(listener), .intArray(fences)])
    }

    /// How many requests may be in flight.
    func limits() async throws(PostgresError) -> RequestLimits {
        try RequestLimits(await call("SELECT * FROM engine.limits()").single())
    }

    func stop(listener: String) async throws(PostgresError) {
        try await perform("SELECT engine.listener_stop(listener => $1)", [.text(listener)])
    }

    /// One listener of all holds this lock, on its listening session; it alone turns notifications into requests.
    func tryNotificationLock() async throws(PostgresError) -> Bool {
        try await call("SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended('calendar_sync', 0)) AS held").single().bool(
            "held")
    }

    /// - Parameter sender: the server process that sent it: who asks stands on the request.
    func acceptNotification(_ payload: String, sender: Int32) async throws(PostgresError) -> Int64? {
        try await call(
            "SELECT engine.accept_notification(payload => $1, sender => $2) AS request_id", [.text(payload), .int(Int64(sender))]
        ).single().optionalInt64("request_id")
    }

    func storeEmployees(_ list: EmployeeList) async throws(PostgresError) -> Int {
        try await call(
            "SELECT engine.store_employees(kuerzel => $1, complete => $2) AS known",
            [.textArray(list.kuerzel), .bool(list.unidentifiable == 0)]
        ).single().int("known")
    }

    /// Opens a request that this listener claimed, with the employees that were read for it; how many runs it has now.
    func openRequest(_ requestID: Int64, listener: String, employees: EmployeesAnswer) async throws(PostgresError) -> Int {
        let (kuerzel, isComplete, problem): ([String], Bool, String?) =
            switch employees {
            case .list(let list): (list.kuerzel, list.unidentifiable == 0, nil)
            case .problem(let code): ([], false, code)
            }
        return try await call(
            "SELECT engine.open_request(request_id => $1, listener => $2, kuerzel => $3, complete => $4, employees_error => $5) AS runs",
            [.int(requestID), .text(listener), .textArray(kuerzel), .bool(isComplete), PostgresValue(problem)]
        ).single().int("runs")
    }

    /// Makes the requests of all jobs that are due; how long until the next one is, nil: there is none.
    func runDueJobs() async throws(PostgresError) -> Duration? {
        guard let seconds = try await call("SELECT engine.run_due_jobs() AS seconds").single().optionalDouble("seconds") else { return nil }
        return .seconds(seconds)
    }

    /// - Parameter owner: the account that calendars are shared with; nil: there is none.
    func claim(listener: String, owner: String?, keyPrefix: String) async throws(PostgresError) -> ClaimedWork? {
        let sql = "SELECT * FROM engine.claim_work(listener => $1, owner => $2, key_prefix => $3)"
        guard let row = try await call(sql, [.text(listener), PostgresValue(owner), .text(keyPrefix)]).first else { return nil }
        return try ClaimedWork(row)
    }

    /// Nothing is to be done for now: the hub tidies up if that is due.
    func useIdleTime() async throws(PostgresError) { try await perform("SELECT engine.use_idle_time()", []) }
}
