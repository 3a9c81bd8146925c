import Advoware
import Appointments
import GoogleCalendar
import JSON

/// The remote operations on one Termin.
struct AdvowareActions {
    let context: RunContext
    let action: BegunAction

    /// Posts a new Termin. The hub has recorded the attempt before; an answer that does not say what happened leaves it in doubt.
    func create() async throws -> ActionOutcome {
        let deadline = action.remaining.map { ContinuousClock.now + $0 }
        guard let event = try await source() else { return ActionOutcome(end: .superseded) }
        let appointment = try await withText(event)
        let frNr: Int64
        do {
            guard let number = try await post(Termin.new(appointment, kuerzel: context.run.employee), until: deadline) else {
                return try await doubt(HubCode.noNumber.rawValue)
            }
            frNr = number
        } catch let error as AdvowareError where error.mayHaveActed {
            return try await doubt(error.hubCode)
        }
        do {
            try await context.hub.complete(action.actionID, observedAt: action.observedAt, entry: nil, newFrNr: frNr)
        } catch {
            // The Termin exists, whatever kept the hub from writing that down.
            if error.isConnectionLost || error.isLeaseLost { throw error }
            return try await doubt(error.hubCode)
        }
        context.cache.noteWrite(frNr, after: nil)
        return ActionOutcome(end: .done, frNr: frNr, touchedTermin: true)
    }

    /// Replaces the Termin if it is still what the plan saw.
    func update() async throws -> ActionOutcome {
        guard let appointment = try await source(), let current = try await expected() else { return ActionOutcome(end: .superseded) }
        let timeOnly = action.mode == .timeOnly
        do {
            try await context.advoware.replace(
                current.content.replacing(with: appointment, timeOnly: timeOnly), permit: context.lease.permit)
        } catch  where error.needsLook {
            // Such an answer may hide a success. The Termin itself tells.
            let found = try await proof()
            if case .present(let observed) = found, let seen = observed.fingerprints,
                timeOnly ? seen.time == action.meantTimeFingerprint : seen.full == action.meantFingerprint
            {
                return try await complete(observed)
            }
            guard error.status == 404, let entry = found.entry(String(try frNr())) else { throw error }
            try await context.hub.supersede(action.actionID, .advoware, observedAt: action.observedAt, entry: entry)
            return ActionOutcome(end: .superseded)
        }
        // Without a readable time before it nobody could tell whether the write made the one after it.
        if let changed = current.content.zuletztGeaendertAm { context.cache.noteWrite(try frNr(), after: changed) }
        return try await complete(nil)
    }

    /// Deletes the Termin if it is still what the plan saw.
    func delete() async throws -> ActionOutcome {
        let found = try await proof()
        if case .gone = found { return try await complete(nil) }
        guard let current = try await expected(found), let frNr = current.content.frNr else { return ActionOutcome(end: .superseded) }
        do {
            try await context.advoware.delete(frNr: frNr, permit: context.lease.permit)
        } catch  where error.needsLook {
            guard case .gone = try await proof() else { throw error }
        }
        return try await complete(nil)
    }

    // MARK: Steps

    /// Posts, and waits for the answer no longer than the hub will: afterwards it may post again.
    private func post(_ body: [String: JSONValue], until deadline: ContinuousClock.Instant?) async throws -> Int64? {
        let permit = context.lease.permit
        let request = Task { [advoware = context.advoware] in
            try await advoware.create(body) { permit() && deadline.map { .now < $0 } ?? true }
        }
        let alarm = deadline.map { deadline in
            Task {
                try await Task.sleep(until: deadline, clock: .continuous)
                request.cancel()
            }
        }
        defer { alarm?.cancel() }
        return try await withTaskCancellationHandler {
            try await request.value
        } onCancel: {
            request.cancel()
        }
    }

    /// An anonymised event takes text, note and place from the Termin that has them.
    private func withText(_ event: Appointment) async throws -> Appointment {
        guard let frNr = action.textFrNr else { return event }
        if let known = context.cache.termin(frNr, context.observer)?.appointment { return known.moved(to: event) }
        guard case .present(let observed) = try await Proofs(context: context).termin(frNr, control: action.controlFrNr),
            let appointment = observed.appointment
        else { throw RunFailure(code: .textNotFound) }
        return appointment.moved(to: event)
    }

    private func frNr() throws -> Int64 {
        guard let frNr = action.frNr else { throw RunFailure(code: .actionWithoutFrNr) }
        return frNr
    }

    private func proof() async throws -> Proof<Termin> {
        try await Proofs(context: context).termin(frNr(), control: action.controlFrNr)
    }

    private func expected() async throws -> Observed<Termin>? { try await expected(proof()) }

    /// The Termin, if it is what the plan saw. nil: it is not, and the hub knows.
    private func expected(_ proof: Proof<Termin>) async throws -> Observed<Termin>? {
        if case .unproven(let code) = proof { throw RunFailure(code: code) }
        if case .present(let observed) = proof, let seen = observed.fingerprints, seen.full == action.expectedFingerprint,
            action.expectedOwnership.map({ $0 == observed.entry["ownership"]?.stringValue }) ?? true
        {
            return observed
        }
        let id = String(try frNr())
        try await context.hub.supersede(
            action.actionID, .advoware, observedAt: action.observedAt, entry: proof.entry(id) ?? Observer.gone(id))
        return nil
    }

    private func complete(_ observed: Observed<Termin>?) async throws -> ActionOutcome {
        try await context.hub.complete(action.actionID, observedAt: action.observedAt, entry: observed?.entry)
        return ActionOutcome(end: .done, touchedTermin: true)
    }

    private func doubt(_ code: String) async throws -> ActionOutcome {
        try await context.hub.doubt(action.actionID, code: code)
        return ActionOutcome(end: .inDoubt, code: code, touchedTermin: true)
    }

    /// The event as the plan saw it: from memory, else by a GET. nil: it is another by now, and the hub knows.
    private func source() async throws -> Appointment? {
        guard let calendar = action.calendarID, let id = action.eventID else { throw RunFailure(code: .actionWithoutEvent) }
        if let known = context.cache.event(id, context.observer), known.fingerprints?.full == action.sourceFingerprint,
            let appointment = known.appointment
        {
            return appointment
        }
        let proof = try await Proofs(context: context).event(calendar, id, isOccurrence: action.isOccurrence)
        if case .present(let observed) = proof, observed.fingerprints?.full == action.sourceFingerprint,
            let appointment = observed.appointment
        {
            return appointment
        }
        try await context.hub.supersede(
            action.actionID, .google, observedAt: action.observedAt, entry: proof.entry(id) ?? Observer.gone(id))
        return nil
    }
}

extension AdvowareError {
    /// Whether only a look at the Termin tells what happened: a 404 or 500 to a PUT or DELETE is not a verdict.
    fileprivate var needsLook: Bool { mayHaveActed || status == 404 || (status ?? 0) >= 500 }
}
