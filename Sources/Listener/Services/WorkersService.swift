import Appointments
import Logging
import Postgres
import ServiceLifecycle

/// Works on the employees' runs, several at a time, each worker with a session of its own.
struct WorkersService: Service {
    let listener: String
    let count: Int
    let remotes: Remotes
    let ownerEmail: String?
    let key: FingerprintKey
    let leases: LeaseBook
    let wake: WakeSignal
    let keeper: KeepConnected
    let log: Logger
    let turns = ClaimTurns()

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count { group.addTask { try await work() } }
            try await group.waitForAll()
        }
    }

    private func work() async throws {
        // A run whose session was lost under it: ours while its lease lasts, and to be ended as soon as the hub is back.
        var abandoned: ClaimedRun?
        try await keeper.run { hub in
            if let run = abandoned {
                try await end(run, hub, "database_lost")
                abandoned = nil
            }
            for await _ in wake.subscribe().cancelOnGracefulShutdown() { try await workThroughQueue(hub, &abandoned) }
        }
    }

    private func workThroughQueue(_ hub: HubClient, _ abandoned: inout ClaimedRun?) async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            guard let (run, sentAt) = try await claim(hub) else { return }
            abandoned = run
            await remotes.follow(run.limits)
            try await execute(run, hub, leases.open(run, claimSentAt: sentAt))
            abandoned = nil
        }
    }

    /// One worker at a time asks the hub: all of them at once would only wait for each other there.
    private func claim(_ hub: HubClient) async throws -> (ClaimedRun, sentAt: ContinuousClock.Instant)? {
        guard await turns.enter() else { return nil }
        do {
            let sentAt = ContinuousClock.now
            let run = try await hub.claimRun(listener: listener, owner: ownerEmail)
            turns.leave(foundNothing: run == nil)
            return run.map { ($0, sentAt) }
        } catch {
            turns.leave(foundNothing: false)
            throw error
        }
    }

    /// - Throws: `PostgresError` when the session is lost.
    private func execute(_ run: ClaimedRun, _ hub: HubClient, _ lease: RunLease) async throws {
        defer { leases.close(run) }
        var log = log
        log[metadataKey: "run"] = "\(run.runID)"
        log[metadataKey: "request"] = "\(run.requestID)"
        log[metadataKey: "employee"] = "\(run.employee)"
        let context = RunContext(
            run: run, hub: RunHub(hub: hub, runID: run.runID, fence: run.fence), advoware: remotes.advoware,
            google: remotes.google, ownerEmail: ownerEmail, key: key, lease: lease, log: log)
        log.info("run claimed", metadata: run.phase.map { ["phase": "\($0)"] } ?? [:])
        do {
            try await RunExecutor(context: context).execute()
        } catch is LeaseLost {
            log.warning("lease lost, the run goes on elsewhere")
            // By the hub's clock it may just hold, and our heartbeat would keep it for ever.
            try await end(run, hub, "lease_lost")
        } catch is Leaving {
            log.notice("leaving, the run goes on elsewhere")
        }
    }

    /// Ends a run that nobody works on any more; if the lease is over, somebody else has it or will.
    private func end(_ run: ClaimedRun, _ hub: HubClient, _ code: String) async throws {
        do {
            try await RunHub(hub: hub, runID: run.runID, fence: run.fence).finish(errorCode: code)
        } catch {
            if error.isConnectionLost { throw error }
            if !error.isLeaseLost { log.error("run could not be ended", metadata: ["run": "\(run.runID)", "error": "\(error)"]) }
        }
    }
}
