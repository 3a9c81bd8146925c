import JSON
import Postgres

/// The hub's functions for one claimed run: every call carries its fencing token.
struct RunHub: Sendable {
    let hub: HubClient
    let runID: Int64
    let fence: Int64

    private var run: [PostgresValue] { [.int(runID), .int(fence)] }

    // MARK: Calendar and readings

    /// What the hub knows of the calendar; nil: the run has ended, nothing is to be done for this employee now.
    func beginCalendar(owner: String?) async throws(PostgresError) -> CalendarOrder? {
        guard
            let row = try await hub.call(
                "SELECT * FROM engine.begin_calendar(run_id => $1, fence => $2, owner => $3)", run + [PostgresValue(owner)]
            ).first
        else { return nil }
        return try CalendarOrder(row)
    }

    /// - Parameter owner: the account that the calendar has been shared with; nil: it has not been.
    func storeCalendar(_ calendarID: String, sharedWith owner: String?) async throws(PostgresError) {
        try await hub.perform(
            "SELECT engine.store_calendar(run_id => $1, fence => $2, calendar_id => $3, shared => $4, owner => $5)",
            run + [.text(calendarID), .bool(owner != nil), PostgresValue(owner)])
    }

    /// Whether Google may be asked to make the calendar now.
    func mayCreateCalendar() async throws(PostgresError) -> Bool {
        try await hub.call("SELECT engine.may_create_calendar(run_id => $1, fence => $2) AS due", run).single().bool("due")
    }

    func calendarRefused(retryAfter: Duration?) async throws(PostgresError) {
        try await hub.perform(
            "SELECT engine.calendar_refused(run_id => $1, fence => $2, retry_after_seconds => $3)",
            run + [PostgresValue(retryAfter.map(wholeSeconds))])
    }

    /// True: a new calendar may be made. False: the run has ended as held.
    func calendarIsGone() async throws(PostgresError) -> Bool {
        try await hub.call("SELECT engine.calendar_gone(run_id => $1, fence => $2) AS approved", run).single().bool("approved")
    }

    /// What to read; nil: the run has ended, nothing is to be read for this employee now.
    func beginReading(keyPrefix: String) async throws(PostgresError) -> ReadingOrder? {
        guard
            let row = try await hub.call(
                "SELECT * FROM engine.begin_reading(run_id => $1, fence => $2, key_prefix => $3)", run + [.text(keyPrefix)]
            ).first
        else { return nil }
        return try ReadingOrder(row)
    }

    /// The numbers of those of these Termine that the hub has not seen exactly so.
    func unknownTermine(_ digests: [(frNr: Int64, digest: Int64)]) async throws(PostgresError) -> Set<Int64> {
        guard !digests.isEmpty else { return [] }
        let answer = try await hub.call(
            "SELECT engine.unknown_termine(run_id => $1, fence => $2, termine => $3, digests => $4) AS unknown",
            run + [.intArray(digests.map(\.frNr)), .intArray(digests.map(\.digest))]
        ).single().json("unknown")
        return Set(answer.arrayValue?.compactMap(\.intValue) ?? [])
    }

    /// Which of these events of a list of changes the hub has seen exactly so, by id.
    func knownEvents(_ events: JSONText) async throws(PostgresError) -> Set<String> {
        let answer = try await hub.call(
            "SELECT engine.known_events(run_id => $1, fence => $2, events => $3) AS known", run + [json(events)]
        ).single().json("known")
        return Set(answer.arrayValue?.compactMap(\.stringValue) ?? [])
    }

    /// A reading, put together in the hub: the sides may be long, and here nothing is copied. nil: that side was not read.
    private static let reading = "$3::jsonb || jsonb_build_object('advoware', $4::jsonb, 'google', $5::jsonb)"

    /// What becomes of a run's first reading.
    enum Taken {
        /// Thrown away; read again.
        case overtaken
        /// It is still to be settled.
        case stored
        /// True: read once more before planning.
        case settled(again: Bool)
        /// Nothing was to be done, and the run has ended so.
        case ended(status: String)
    }

    /// - Parameter errorCode: what the run ends with if the reading leaves nothing to do.
    func takeReading(
        _ head: JSONText, _ advoware: JSONText?, _ google: JSONText?, errorCode: String?
    ) async throws(PostgresError) -> Taken {
        let row = try await hub.call(
            "SELECT * FROM engine.take_reading(run_id => $1, fence => $2, reading => \(Self.reading), error_code => $6)",
            run + [json(head), json(advoware), json(google), PostgresValue(errorCode)]
        ).single()
        guard try row.bool("stored") else { return .overtaken }
        if let status = try row.optionalString("status") { return .ended(status: status) }
        return try row.optionalBool("again").map { .settled(again: $0) } ?? .stored
    }

    /// False: thrown away; read again.
    func storeReading(_ head: JSONText, _ advoware: JSONText?, _ google: JSONText?) async throws(PostgresError) -> Bool {
        try await hub.call(
            "SELECT engine.store_reading(run_id => $1, fence => $2, reading => \(Self.reading)) AS stored",
            run + [json(head), json(advoware), json(google)]
        ).single().bool("stored")
    }

    /// How many rows the plan has; nil: the reading was overtaken, read again.
    func dryRun(_ head: JSONText, _ advoware: JSONText?, _ google: JSONText?) async throws(PostgresError) -> Int? {
        try await hub.call(
            "SELECT engine.dry_run(run_id => $1, fence => $2, reading => \(Self.reading)) AS planned",
            run + [json(head), json(advoware), json(google)]
        ).single().optionalInt("planned")
    }

    /// True: read once more before planning, because a series is carried by occurrence from now on.
    func settle() async throws(PostgresError) -> Bool {
        try await hub.call("SELECT engine.settle(run_id => $1, fence => $2) AS again", run).single().bool("again")
    }

    // MARK: Plans and their end

    /// Plans phase after phase until one has something to do, and returns what; nil: none has.
    func plan(phases: ClosedRange<Int>) async throws(PostgresError) -> (phase: Int, actions: [Int64])? {
        var first = phases.lowerBound
        while true {
            let next = try await hub.call(
                "SELECT * FROM engine.plan_next(run_id => $1, first => $2, last => $3)",
                [.int(runID), .int(Int64(first)), .int(Int64(phases.upperBound))]
            ).single()
            guard let phase = try next.optionalInt("phase") else { return nil }
            first = phase
            if try next.optionalInt("planned") != nil { return (phase, try await planned(phase)) }
        }
    }

    private func planned(_ phase: Int) async throws(PostgresError) -> [Int64] {
        let rows = try await hub.call(
            "SELECT action_id FROM sync.action WHERE run_id = $1 AND phase = $2 AND status = 'planned' ORDER BY action_id",
            [.int(runID), .int(Int64(phase))])
        var actions: [Int64] = []
        for row in rows { actions.append(try row.int64("action_id")) }
        return actions
    }

    @discardableResult
    func finish(errorCode: String?) async throws(PostgresError) -> String {
        try await hub.call(
            "SELECT engine.finish_run(run_id => $1, fence => $2, error_code => $3) AS status", run + [PostgresValue(errorCode)]
        )
        .single().string("status")
    }

    // MARK: One action

    func begin(_ actionID: Int64) async throws(PostgresError) -> BegunAction {
        let row = try await hub.call("SELECT * FROM engine.begin_action(action_id => $1, fence => $2)", action(actionID)).single()
        return try BegunAction(actionID, row)
    }

    func recordProof(_ actionID: Int64, _ side: Side, outcome: String, observedAt: String?, entry: JSONText?) async throws(PostgresError) {
        try await hub.perform(
            "SELECT engine.record_proof(action_id => $1, fence => $2, side => $3, outcome => $4, observed_at => $5, entry => $6)",
            action(actionID) + [.text(side.rawValue), .text(outcome), PostgresValue(observedAt), json(entry)])
    }

    func complete(_ actionID: Int64, observedAt: String?, entry: JSONText?, newFrNr: Int64? = nil) async throws(PostgresError) {
        try await hub.tell(
            "SELECT engine.complete_action(action_id => $1, fence => $2, observed_at => $3, entry => $4, new_frnr => $5)",
            action(actionID) + [PostgresValue(observedAt), json(entry), PostgresValue(newFrNr)])
    }

    func supersede(_ actionID: Int64, _ side: Side, observedAt: String?, entry: JSONText) async throws(PostgresError) {
        try await hub.tell(
            "SELECT engine.supersede_action(action_id => $1, fence => $2, side => $3, observed_at => $4, entry => $5)",
            action(actionID) + [.text(side.rawValue), PostgresValue(observedAt), json(entry)])
    }

    func fail(_ actionID: Int64, code: String, retryAfter: Duration? = nil) async throws(PostgresError) {
        try await hub.tell(
            "SELECT engine.fail_action(action_id => $1, fence => $2, code => $3, retry_after_seconds => $4)",
            action(actionID) + [.text(code), PostgresValue(retryAfter.map(wholeSeconds))])
    }

    func doubt(_ actionID: Int64, code: String) async throws(PostgresError) {
        try await hub.tell("SELECT engine.doubt_action(action_id => $1, fence => $2, code => $3)", action(actionID) + [.text(code)])
    }

    /// What an insert that was answered 409 leads to: `adopted`, `again` or `failed`.
    func eventIDTaken(_ actionID: Int64, observedAt: String?, entry: JSONText) async throws(PostgresError) -> String {
        try await hub.call(
            "SELECT engine.event_id_taken(action_id => $1, fence => $2, observed_at => $3, entry => $4) AS outcome",
            action(actionID) + [PostgresValue(observedAt), json(entry)]
        ).single().string("outcome")
    }

    private func wholeSeconds(_ time: Duration) -> Int { Int(time.components.seconds) + 1 }
    private func action(_ actionID: Int64) -> [PostgresValue] { [.int(actionID), .int(fence)] }
    private func json(_ value: JSONText?) -> PostgresValue { value.map { .json($0.text()) } ?? .null }
}
