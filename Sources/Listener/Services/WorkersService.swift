import Appointments
import Logging
import Postgres
import ServiceLifecycle

/// Works on what the hub hands out, several things at a time, each worker with a session of its own.
struct WorkersService: Service {
    let listener: String
    let count: Int
    let remotes: Remotes
    let ownerEmail: String?
    let key: FingerprintKey
    let leases: LeaseBook
    let wake: WakeSignal
    let keeper: KeepConnected
    let employees: EmployeesReader
    let log: Logger
    let turns = ClaimTurns()

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count { group.addTask { try await work(readsEmployeesFirst: number == 0) } }
            try await group.waitForAll()
        }
    }

    private func work(readsEmployeesFirst: Bool) async throws {
        var isToRead = readsEmployeesFirst
        // What was claimed when the session was lost: still ours, and to be ended as soon as the hub is back.
        var unfinished: ClaimedWork?
        try await keeper.run { hub in
            if isToRead {
                try await cancelWhenGracefulShutdown { [employees] in try await employees.readOnce(hub) }
                isToRead = false
            }
            switch unfinished {
            case .run(let run): try await end(run, hub, .databaseLost)
            case .employees(let requestID): try await open(requestID, hub)
            case nil: break
            }
            unfinished = nil
            for await _ in wake.subscribe().cancelOnGracefulShutdown() { try await workThroughQueue(hub, &unfinished) }
        }
    }

    private func workThroughQueue(_ hub: HubClient, _ unfinished: inout ClaimedWork?) async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            guard let (work, sentAt) = try await claim(hub) else { return }
            unfinished = work
            switch work {
            case .run(let run):
                await remotes.follow(run.limits)
                try await execute(run, hub, leases.open(run, claimSentAt: sentAt))
            case .employees(let requestID): try await open(requestID, hub)
            }
            unfinished = nil
        }
    }

    /// One worker at a time asks the hub: all of them at once would only wait for each other there.
    private func claim(_ hub: HubClient) async throws -> (ClaimedWork, sentAt: ContinuousClock.Instant)? {
        guard await turns.enter() else { return nil }
        let sentAt = ContinuousClock.now
        let work: ClaimedWork?
        do {
            work = try await hub.claim(listener: listener, owner: ownerEmail, keyPrefix: key.prefix)
        } catch {
            turns.leave(foundNothing: false)
            throw error
        }
        turns.leave(foundNothing: work == nil)
        if let work { return (work, sentAt) }
        // It may take its time; leaving does not wait for it, nor does another worker.
        try await cancelWhenGracefulShutdown { try await hub.useIdleTime() }
        return nil
    }

    /// Cut off when the process leaves: the hub then gives the request back to the queue.
    private func open(_ requestID: Int64, _ hub: HubClient) async throws {
        let runs = try await cancelWhenGracefulShutdown { [employees, listener] in
            try await employees.open(requestID, hub, listener: listener)
        }
        if runs > 0 { wake.wake() }
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
            log.warning("the lease is lost; another listener goes on with the run")
            // By the hub's clock it may just hold, and our heartbeat would keep it for ever.
            try await end(run, hub, .leaseLost)
        } catch is Leaving {
            log.notice("the listener leaves; another one goes on with the run")
        }
    }

    /// Ends a run that nobody works on any more; if the lease is over, somebody else has it or will.
    private func end(_ run: ClaimedRun, _ hub: HubClient, _ code: HubCode) async throws {
        do {
            try await RunHub(hub: hub, runID: run.runID, fence: run.fence).finish(errorCode: code.rawValue)
        } catch {
            if error.isConnectionLost { throw error }
            if !error.isLeaseLost { log.error("run could not be ended", metadata: ["run": "\(run.runID)", "error": "\(error)"]) }
        }
    }
}
