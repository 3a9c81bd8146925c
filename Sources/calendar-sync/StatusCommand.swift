import ArgumentParser
import Listener

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "What an operator asks at nine in the morning.",
        discussion: """
            One line per employee, what each needs, the queue and the listeners. Exit code 1 when something has failed, is held, or \
            waits while no listener is alive.

            EXAMPLES
              calendar-sync status --env-file .env
            """)

    @OptionGroup var options: Options

    func run() async throws {
        try await withReports {
            let configuration = try options.configuration()
            let hub = try await HubClient.connect(configuration.postgres)
            let health = try await hub.health()
            await hub.close()
            print(
                table(
                    ["employee", "state", "last good sync", "last run", "waiting", "failed", "held", "in doubt"],
                    health.employees.map { row in
                        [
                            row.kuerzel, row.isPaused ? "paused" : row.isActive ? "active" : "inactive", row.lastGoodSync ?? "never",
                            row.lastRunStatus ?? "", "\(row.waiting)", "\(row.failed)", "\(row.held)", "\(row.inDoubt)",
                        ]
                    }), to: .stdout)
            let needs =
                health.employees.compactMap { row in row.needs.map { "  \(row.kuerzel): \($0)" } } + health.hubNeeds.map { "  hub: \($0)" }
            if !needs.isEmpty { print("\nto do\n" + needs.joined(separator: "\n"), to: .stdout) }
            print("\nqueue: \(health.waitingRequests) waiting, \(health.runningRequests) running", to: .stdout)
            if !health.listeners.contains(where: \.isAlive) {
                let waits = health.isQueueAbandoned ? ", and the queue waits for one" : ""
                print("no listener is alive\(waits); start one with calendar-sync listen", to: .stdout)
            }
            for listener in health.listeners {
                let note = listener.isAlive ? "" : "; it has died or is cut off, what it had is taken over"
                print("listener \(listener.name): last heartbeat \(listener.secondsSinceHeartbeat) s ago\(note)", to: .stdout)
            }
            return health.needsAttention || health.isQueueAbandoned ? .problems : .good
        }
    }
}
