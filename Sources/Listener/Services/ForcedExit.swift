import ServiceLifecycle

/// Bounds how long leaving may take. Last in its group, so that it is the first to hear of it.
struct ForcedExit: Service {
    let limit: Duration
    let onOverdue: @Sendable () -> Void

    func run() async throws {
        try? await gracefulShutdown()
        // Outlives this service: the others are still leaving when it fires.
        Task.detached { [limit, onOverdue] in
            try await Task.sleep(for: limit)
            onOverdue()
        }
    }
}
