import Listener

/// What a request has done, as tables.
struct Summary {
    let hub: HubClient
    let end: RequestFollower.End
    let isDryRun: Bool

    func show() async throws {
        let rows = try await hub.progress(of: end.workID).filter { $0.phase != nil }
        if !rows.isEmpty {
            let cells = rows.map { row in [row.employee, row.phase.map(String.init) ?? "", row.kind ?? ""] + row.counts.map(String.init) }
            print("\n" + table(["employee", "phase", "kind"] + ProgressRow.statuses, cells), to: .stdout)
        }
        let statuses = ["failed", "refused", "held", "in_doubt"] + (isDryRun ? ["planned"] : [])
        let notable = try await hub.actions(of: end.workID, statuses: statuses)
        if !notable.isEmpty {
            print("\n" + table(["action", "employee", "phase", "kind", "status", "Termin", "why"], notable.map(line)), to: .stdout)
        }
        let remedies = try await hub.remedies(of: end.workID)
        if !remedies.isEmpty {
            print("", to: .stdout)
            for remedy in remedies { print("\(remedy.code): \(remedy.meaning)\n  → \(remedy.remedy)", to: .stdout) }
        }
        let message = end.state.message.map { ": \($0)" } ?? ""
        print("\n\(end.state.status)\(message)", to: .stdout)
    }

    private func line(_ action: NotableAction) -> [String] {
        let why = action.result.map { $0 == action.reason ? $0 : "\(action.reason) (\($0))" } ?? action.reason
        return [
            "\(action.actionID)", action.employee, "\(action.phase)", action.kind, action.status, action.frNr.map { "\($0)" } ?? "", why,
        ]
    }
}
