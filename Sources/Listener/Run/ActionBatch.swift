import Logging

/// Executes the planned rows of one phase, a few at a time.
struct ActionBatch {
    let context: RunContext
    let phase: Int

    struct Result {
        var wroteTermine = false
        /// Something was not carried out as planned: the hub is asked for its plan once more.
        var mayBePlannedAnew = false

        mutating func add(_ other: Result) {
            wroteTermine = wroteTermine || other.wroteTermine
            mayBePlannedAnew = mayBePlannedAnew || other.mayBePlannedAnew
        }
    }

    /// - Throws: what stopped the batch, after the actions in flight have ended: none is cut off.
    func execute(_ actions: [Int64]) async throws -> Result {
        var result = Result()
        var failure: (any Error)?
        await withTaskGroup(of: Swift.Result<ActionOutcome, any Error>.self) { group in
            var waiting = actions.makeIterator()
            var inFlight = 0
            while true {
                // Asked anew each time: the settings may have changed.
                let concurrency = await context.concurrency(phase: phase)
                while failure == nil, inFlight < concurrency, let action = waiting.next() {
                    group.addTask { await attempt(action) }
                    inFlight += 1
                }
                guard let ended = await group.next() else { break }
                inFlight -= 1
                switch ended {
                case .success(let outcome):
                    result.wroteTermine = result.wroteTermine || outcome.touchedTermin
                    // Whether what the hub ended at once was superseded, the hub knows.
                    result.mayBePlannedAnew = result.mayBePlannedAnew || outcome.end == .superseded || outcome.end == .ended
                    // Every other row would fare the same; the next run does them.
                    failure = failure ?? outcome.shutOut
                case .failure(let error): failure = failure ?? error
                }
            }
        }
        if let failure { throw failure }
        return result
    }

    private func attempt(_ actionID: Int64) async -> Swift.Result<ActionOutcome, any Error> {
        let begun = ContinuousClock.now
        do {
            try context.checkMayGoOn()
            let outcome = try await ActionExecutor(context: context).execute(actionID)
            log(actionID, outcome, ContinuousClock.now - begun)
            return .success(outcome)
        } catch {
            return .failure(error)
        }
    }

    private func log(_ actionID: Int64, _ outcome: ActionOutcome, _ duration: Duration) {
        var metadata: Logger.Metadata = [
            "action": "\(actionID)", "phase": "\(phase)", "kind": "\(outcome.kind)", "outcome": "\(outcome.end.rawValue)",
            "ms": "\(duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000)",
        ]
        metadata["frnr"] = outcome.frNr.map { "\($0)" }
        metadata["event"] = outcome.eventID.map { "\($0)" }
        metadata["code"] = outcome.code.map { "\($0)" }
        context.log.log(level: outcome.end == .failed || outcome.end == .inDoubt ? .warning : .info, "action ended", metadata: metadata)
    }
}

/// How one action ended, for the log and for the next round.
struct ActionOutcome: Sendable {
    enum End: String, Sendable {
        case done, failed, superseded
        case inDoubt = "in_doubt"
        /// Settled by the hub without a remote write.
        case ended
    }

    var end: End
    var kind = ""
    var frNr: Int64?
    var eventID: String?
    var code: String?
    /// Something was sent to Advoware that may have changed a Termin: the list is to be read again.
    var touchedTermin = false
    /// Why it was not sent, when the remote system wants no requests for longer than is worth waiting.
    var shutOut: (any Error)?
}
