import Advoware
import GoogleCalendar
import Postgres

/// Carries one claimed run through: calendar, readings, phases, end. What is done is decided by the hub.
struct RunExecutor {
    let context: RunContext

    /// How often the phases are planned: once, and once more for what no longer applied when it was begun, or what Termine written leave
    /// to do.
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
        let step = CalendarStep(context: context)
        do {
            return try await perform(step.find(), reading: context.run.reading)
        } catch let error as GoogleError where error.code == .notFound && error.operation == GoogleClient.listing {
            return try await perform(step.replace(error))
        }
    }

    /// - Parameter reading: what to read first, as it was said with the claim; nil: the hub is asked.
    private func perform(_ found: CalendarStep.Found, reading first: ReadingOrder? = nil) async throws -> End? {
        var reading = ReadingStep(context: context, calendar: nil)
        var end = End()
        switch found {
        case .ended: return nil
        case .none: break
        case .calendar(let id, let problem):
            reading = ReadingStep(context: context, calendar: id)
            end.code = problem
        }
        if context.run.isDryRun {
            guard let planned = try await reading.planOnly() else { return nil }
            context.log.info("dry run planned", metadata: ["actions": "\(planned)"])
            return end
        }
        guard try await reading.readBoth(first, problem: end.code) else { return nil }
        for _ in 1...Self.rounds {
            let result = try await performPhases()
            // One list tells of all Termine written what was stored; what that leaves to do is planned once more.
            if result.wroteTermine, try await !reading.readAdvowareAgain() { return nil }
            if !result.wroteTermine && !result.mayBePlannedAnew { break }
        }
        return end
    }

    /// Plans and executes one phase after the other.
    private func performPhases() async throws -> ActionBatch.Result {
        var result = ActionBatch.Result()
        var rest = context.run.phase.map { $0...$0 } ?? 1...4
        while true {
            try context.checkMayGoOn()
            guard let plan = try await context.hub.plan(phases: rest) else { return result }
            result.add(try await ActionBatch(context: context, phase: plan.phase).execute(plan.actions))
            if plan.phase == rest.upperBound { return result }
            rest = (plan.phase + 1)...rest.upperBound
        }
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
