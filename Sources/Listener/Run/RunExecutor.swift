import Advoware
import GoogleCalendar
import Postgres

/// Carries one claimed run through: calendar, readings, phases, end. What is done is decided by the hub.
struct RunExecutor {
    let context: RunContext

    /// How often a phase is planned: once, and once more for what no longer applied when it was begun.
    private static let rounds = 2

    /// Runs to the end; the end is stored.
    ///
    /// - Throws: `PostgresError` when the hub is lost, ``LeaseLost``, ``Leaving``: then the run goes on elsewhere.
    func execute() async throws {
        do {
            guard let end = try await perform() else { return }
            try await finish(end.code)
        } catch let error as PostgresError {
            if error.isLeaseLost { throw LeaseLost() }
            guard error.code == .server || error.code == .decoding, !error.isConnectionLost else { throw error }
            // The hub refused a statement: a bug, unless others were in the way. Said once, with the hub's words; the other runs go on.
            context.log.error("hub refused a statement", metadata: ["error": "\(error)"])
            try await finish(error.hubCode)
        } catch let error as LeaseLost {
            throw error
        } catch {
            // Whatever broke because we are leaving is not a failure of the run.
            try context.checkMayGoOn()
            try await finish(code(of: error))
        }
    }

    /// How a run that went through ends.
    private struct End {
        /// What went wrong beside its appointments.
        var code: String?
    }

    /// nil: the hub has ended the run already.
    private func perform() async throws -> End? {
        let calendar: String?
        var end = End()
        switch try await CalendarStep(context: context).find() {
        case .ended: return nil
        case .none: calendar = nil
        case .calendar(let id, let problem):
            calendar = id
            end.code = problem
        }
        let reading = ReadingStep(context: context, calendar: calendar)
        if context.run.isDryRun {
            guard let planned = try await reading.planOnly() else { return nil }
            context.log.info("dry run planned", metadata: ["actions": "\(planned)"])
            return end
        }
        guard try await reading.readBoth() else { return nil }
        for phase in context.run.phase.map({ $0...$0 }) ?? 1...4 {
            for _ in 1...Self.rounds {
                try context.checkMayGoOn()
                let actions = try await context.hub.plan(phase: phase)
                if actions.isEmpty { break }
                let result = try await ActionBatch(context: context, phase: phase).execute(actions)
                if result.wroteTermine, try await !reading.readAdvowareAgain() { return nil }
                if !result.wroteTermine && !result.mayBePlannedAnew { break }
            }
        }
        return end
    }

    private func finish(_ errorCode: String?) async throws {
        let status = try await context.hub.finish(errorCode: errorCode)
        context.log.log(
            level: errorCode == nil ? .info : .error, "run ended",
            metadata: ["status": "\(status)"].merging(errorCode.map { ["code": "\($0)"] } ?? [:]) { $1 })
    }

    private func code(of error: any Error) -> String {
        switch error {
        case let error as AdvowareError: error.hubCode
        case let error as GoogleError: error.hubCode
        case let error as RunFailure: error.code.rawValue
        default: HubCode.internalError.rawValue
        }
    }
}
