import Advoware
import GoogleCalendar
import Postgres

/// Begins one action, brings the proofs the hub asks for, carries the action out and writes its end back.
struct ActionExecutor {
    let context: RunContext

    /// Proofs of both sides and a new event id or two fit in; more means that something contradicts itself.
    private static let rounds = 6

    func execute(_ actionID: Int64) async throws -> ActionOutcome {
        do {
            return try await perform(actionID)
        } catch let error as PostgresError where error.code == .server && !error.isLeaseLost && !error.isConnectionLost {
            // The hub refused a statement about this row. Its neighbours go on.
            context.log.error("hub refused a statement", metadata: ["action": "\(actionID)", "error": "\(error)"])
            try await context.hub.fail(actionID, code: error.hubCode)
            return ActionOutcome(end: .failed, code: error.hubCode)
        }
    }

    private func perform(_ actionID: Int64) async throws -> ActionOutcome {
        var kind = ""
        for _ in 0..<Self.rounds {
            let begun = try await context.hub.begin(actionID)
            kind = begun.kind
            switch begun.verdict {
            case .ended: return ActionOutcome(end: .ended, kind: kind, frNr: begun.frNr, eventID: begun.eventID)
            case .proveAdvoware, .proveGoogle, .go:
                if begun.verdict == .go, !context.lease.isHeld() { throw LeaseLost() }
                if var outcome = try await carryOut(begun) {
                    outcome.kind = kind
                    outcome.frNr = outcome.frNr ?? begun.frNr
                    outcome.eventID = begun.eventID
                    return outcome
                }
            }
        }
        try await context.hub.fail(actionID, code: HubCode.noAgreement.rawValue)
        return ActionOutcome(end: .failed, kind: kind, code: HubCode.noAgreement.rawValue)
    }

    /// A proof or the action itself; whatever either meets with is this row's alone. nil: begin once more.
    private func carryOut(_ action: BegunAction) async throws -> ActionOutcome? {
        do {
            switch action.verdict {
            case .proveAdvoware: try await proveAdvoware(action)
            case .proveGoogle: try await proveGoogle(action)
            case .go, .ended: return try await send(action)
            }
            return nil
        } catch let error as AdvowareError {
            var outcome = try await fail(action, error.hubCode, retryAfter: error.retryAfter, touchedTermin: error.mayHaveActed)
            if error.code == .rateLimited, error.status == nil { outcome.shutOut = error }
            return outcome
        } catch let error as GoogleError {
            var outcome = try await fail(action, error.hubCode, retryAfter: error.retryAfter)
            if error.code == .rateLimited, error.status == nil { outcome.shutOut = error }
            return outcome
        } catch let error as RunFailure {
            return try await fail(action, error.code.rawValue)
        }
    }

    /// nil: begin once more.
    private func send(_ action: BegunAction) async throws -> ActionOutcome? {
        switch ActionKind(rawValue: action.kind) {
        case .createEvent, .recreateEvent: try await GoogleActions(context: context, action: action).create()
        case .updateEvent: try await GoogleActions(context: context, action: action).update()
        case .tagEvent: try await GoogleActions(context: context, action: action).tag()
        case .tagSeries: try await GoogleActions(context: context, action: action).tagSeries()
        case .deleteEvent: try await GoogleActions(context: context, action: action).delete()
        case .createTermin, .recreateTermin: try await AdvowareActions(context: context, action: action).create()
        case .updateTermin: try await AdvowareActions(context: context, action: action).update()
        case .deleteTermin: try await AdvowareActions(context: context, action: action).delete()
        case nil: throw RunFailure(code: .unknownKind)
        }
    }

    private func fail(
        _ action: BegunAction, _ code: String, retryAfter: Duration? = nil, touchedTermin: Bool = false
    ) async throws -> ActionOutcome {
        // What our own guard stopped is not a failure of the row.
        guard context.lease.isHeld() else { throw LeaseLost() }
        try await context.hub.fail(action.actionID, code: code, retryAfter: retryAfter)
        return ActionOutcome(end: .failed, code: code, touchedTermin: touchedTermin)
    }

    // MARK: Proofs

    private func proveAdvoware(_ action: BegunAction) async throws {
        guard let frNr = action.frNr else { throw RunFailure(code: .actionWithoutFrNr) }
        let proof = try await Proofs(context: context).termin(frNr, control: action.controlFrNr)
        try await context.hub.recordProof(
            action.actionID, .advoware, outcome: proof.outcome, observedAt: action.observedAt, entry: proof.entry(String(frNr)))
    }

    private func proveGoogle(_ action: BegunAction) async throws {
        guard let calendar = action.calendarID, let id = action.eventID else { throw RunFailure(code: .actionWithoutEvent) }
        let proof = try await Proofs(context: context).event(calendar, id, isOccurrence: action.isOccurrence)
        try await context.hub.recordProof(
            action.actionID, .google, outcome: proof.outcome, observedAt: action.observedAt, entry: proof.entry(id))
    }
}
