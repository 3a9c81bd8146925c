import Postgres
import ServiceLifecycle

/// Lets the hub's schedule rows tick: asks the hub which jobs are due, and again when it says the next one will be.
struct ScheduleService: Service {
    let wake: WakeSignal
    let keeper: KeepConnected

    func run() async throws {
        try await keeper.run { hub in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let (turns, turn) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
                // A new or changed job counts at once.
                group.addTask {
                    for await _ in wake.subscribe() { turn.yield() }
                }
                var alarm: Task<Void, any Error>?
                defer {
                    alarm?.cancel()
                    group.cancelAll()
                }
                for await _ in turns.cancelOnGracefulShutdown() {
                    alarm?.cancel()
                    guard let pause = try await hub.runDueJobs() else { continue }
                    alarm = Task {
                        try await Task.sleep(for: pause)
                        turn.yield()
                    }
                }
            }
        }
    }
}
