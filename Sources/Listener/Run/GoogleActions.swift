import Advoware
import Appointments
import GoogleCalendar
import JSON

/// The remote operations on one event.
struct GoogleActions {
    let context: RunContext
    let action: BegunAction

    /// Inserts the event under the id that the hub chose. nil: begin once more, with the next id.
    func create() async throws -> ActionOutcome? {
        let (calendar, id) = try target()
        guard let appointment = try await source() else { return ActionOutcome(end: .superseded) }
        do {
            let event = try await context.google.insert(
                calendar: calendar, id: id, fields: fields(appointment).withoutNulls, quotaUser: context.quotaUser,
                permit: context.lease.permit)
            return try await complete(event, calendar)
        } catch let error as GoogleError where error.code == .duplicate {
            let entry = try await proofs.event(calendar, id, isOccurrence: action.isOccurrence).entry(id) ?? Observer.gone(id)
            switch try await context.hub.eventIDTaken(action.actionID, observedAt: action.observedAt, entry: entry) {
            case "again": return nil
            case "adopted": return ActionOutcome(end: .done, code: "adopted")
            default: return ActionOutcome(end: .failed, code: "event_id_taken")
            }
        }
    }

    /// Writes the Termin's content, or its time alone, into the event.
    func update() async throws -> ActionOutcome {
        guard let appointment = try await source() else { return ActionOutcome(end: .superseded) }
        return try await write(fields(appointment), restoresOccurrences: true)
    }

    /// Marks the event as ours, and as private if its Termin is; touches nothing else.
    func tag() async throws -> ActionOutcome {
        var fields: [String: JSONValue] = action.isOccurrence ? [:] : ["extendedProperties": try tagOfLink().extendedProperties]
        if action.isPrivate { fields.merge(Event.hidden) { $1 } }
        return try await write(fields)
    }

    /// Marks the series as one that is carried occurrence by occurrence.
    func tagSeries() async throws -> ActionOutcome {
        try await write(["extendedProperties": EventTag.carried(target().id)])
    }

    /// Deletes the event if it is still the one that was planned for.
    func delete() async throws -> ActionOutcome {
        let (calendar, id) = try target()
        guard let etag = try await currentEtag(calendar, id) else { return ActionOutcome(end: .superseded) }
        do {
            try await context.google.delete(
                calendar: calendar, id: id, ifMatch: etag, quotaUser: context.quotaUser, permit: context.lease.permit)
        } catch {
            switch error.code {
            // A GET tells what is there: the hub decides anew, in the same run.
            case .preconditionFailed, .notFound, .gone: return try await supersede(calendar, id)
            default: throw error
            }
        }
        try await context.hub.complete(action.actionID, observedAt: action.observedAt, entry: nil)
        return ActionOutcome(end: .done)
    }

    // MARK: Steps

    private var proofs: Proofs { Proofs(context: context) }

    private func target() throws -> (calendar: String, id: String) {
        guard let calendar = action.calendarID, let id = action.eventID else { throw RunFailure(code: .actionWithoutEvent) }
        return (calendar, id)
    }

    private func write(_ fields: [String: JSONValue], restoresOccurrences: Bool = false) async throws -> ActionOutcome {
        let (calendar, id) = try target()
        guard let etag = try await currentEtag(calendar, id) else { return ActionOutcome(end: .superseded) }
        do {
            let event = try await context.google.patch(
                calendar: calendar, id: id, fields: fields, ifMatch: etag, quotaUser: context.quotaUser, permit: context.lease.permit)
            if restoresOccurrences, action.hasExceptions { try await restoreOccurrences(of: event, calendar, id) }
            return try await complete(event, calendar)
        } catch let error as GoogleError where [.preconditionFailed, .notFound, .gone].contains(error.code) {
            return try await supersede(calendar, id)
        }
    }

    /// Undoes what a user changed in single occurrences of a series of ours: each is written back.
    private func restoreOccurrences(of master: Event, _ calendar: String, _ id: String) async throws {
        guard master.isSeries, let span = context.cache.listedSpan, let series = try? master.appointment() else { return }
        let reading = try await SeriesOccurrences(google: context.google, calendar: calendar, quotaUser: context.quotaUser)
            .read(master, id, in: span)
        // Whoever has changed the series since meant its occurrences, too: that is for the next plan.
        guard let reading, reading.master?.etag == master.etag else { return }
        for occurrence in reading.exceptions {
            guard let occurrenceID = occurrence.id, let regular = occurrence.regularOccurrence(of: series) else { continue }
            _ = try await context.google.patch(
                calendar: calendar, id: occurrenceID, fields: Event.restoring(regular), ifMatch: occurrence.etag,
                quotaUser: context.quotaUser, permit: context.lease.permit)
        }
    }

    /// The etag that the plan saw. Where the hub knows none, the event is read and must be what the plan saw; nil: it is not.
    private func currentEtag(_ calendar: String, _ id: String) async throws -> String? {
        if let etag = action.etag { return etag }
        let proof = try await proofs.event(calendar, id, isOccurrence: action.isOccurrence)
        if case .present(let observed) = proof, let etag = observed.content.etag, observed.fingerprints?.full == action.expectedFingerprint
        {
            return etag
        }
        try await context.hub.supersede(
            action.actionID, .google, observedAt: action.observedAt, entry: proof.entry(id) ?? Observer.gone(id))
        return nil
    }

    private func supersede(_ calendar: String, _ id: String) async throws -> ActionOutcome {
        let entry = try await proofs.event(calendar, id, isOccurrence: action.isOccurrence).entry(id) ?? Observer.gone(id)
        try await context.hub.supersede(action.actionID, .google, observedAt: action.observedAt, entry: entry)
        return ActionOutcome(end: .superseded)
    }

    private func complete(_ event: Event, _ calendar: String) async throws -> ActionOutcome {
        guard let id = event.id else { throw RunFailure(code: .googleAnswerWithoutID) }
        let observed = try await proofs.observe(
            written: event, id, calendar, hasExceptions: action.hasExceptions,
            isOccurrence: action.isOccurrence)
        try await context.hub.complete(action.actionID, observedAt: action.observedAt, entry: observed.entry)
        return ActionOutcome(end: .done)
    }

    private func fields(_ appointment: Appointment) throws -> [String: JSONValue] {
        var fields = Event.fields(
            for: action.mode == .anonymous ? appointment.anonymized() : appointment, tag: action.isOccurrence ? nil : try tagOfLink(),
            timeOnly: action.mode == .timeOnly)
        if action.isOccurrence { fields["recurrence"] = nil }
        return fields
    }

    private func tagOfLink() throws -> EventTag {
        guard let syncID = action.syncID, let source = action.tagSource else { throw RunFailure(code: .actionWithoutLink) }
        return EventTag(
            syncID: syncID, frNr: action.tagFrNr, kuerzel: context.run.employee, source: source, anonymized: action.tagAnonymized)
    }

    /// The Termin as the plan saw it: from memory, else by a GET. nil: it is another by now, and the hub knows.
    private func source() async throws -> Appointment? {
        guard let frNr = action.frNr else { throw RunFailure(code: .actionWithoutFrNr) }
        if let known = context.cache.termin(frNr, context.observer), known.fingerprints?.full == action.sourceFingerprint,
            let appointment = known.appointment
        {
            return appointment
        }
        let proof = try await proofs.termin(frNr, control: action.controlFrNr)
        if case .unproven(let code) = proof { throw RunFailure(code: code) }
        if case .present(let observed) = proof, observed.fingerprints?.full == action.sourceFingerprint,
            let appointment = observed.appointment
        {
            return appointment
        }
        try await context.hub.supersede(
            action.actionID, .advoware, observedAt: action.observedAt, entry: proof.entry(String(frNr)) ?? Observer.gone(String(frNr)))
        return nil
    }
}
