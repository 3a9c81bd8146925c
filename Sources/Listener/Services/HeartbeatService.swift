import Logging
import Postgres
import ServiceLifecycle

/// Tells the hub that this listener lives, which extends the leases of its runs, and learns how much it may send at once; says goodbye when
/// the process leaves.
struct HeartbeatService: Service {
    let listener: String
    let leases: LeaseBook
    let remotes: Remotes
    let keeper: KeepConnected
    /// The longest pause between two heartbeats; of the leases that are held, the shortest holds four of them.
    var interval = Duration.seconds(5)

    func run() async throws {
        try await keeper.run { hub in
            while !Task.isShuttingDownGracefully {
                let sentAt = ContinuousClock.now
                let fences = leases.fences
                try await hub.heartbeat(listener: listener, fences: fences)
                leases.extend(fences, sentAt: sentAt, answeredAt: .now)
                await remotes.follow(try await hub.limits())
                await pause(since: sentAt)
                try Task.checkCancellation()
            }
        }
        await sayGoodbye()
    }

    /// Until the next heartbeat is due. A run may be claimed meanwhile, with a shorter lease.
    private func pause(since last: ContinuousClock.Instant) async {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let left = last + min(interval, leases.shortest.map { $0 / 4 } ?? interval) - .now
            if left <= .zero { return }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: min(left, .seconds(1))) }
        }
    }

    /// In a session and task of its own: it must work when everything here is cancelled, and not hold up the end when the hub is away.
    private func sayGoodbye() async {
        let goodbye = Task.detached { [listener, keeper] in
            guard let hub = try? await HubClient.connect(keeper.configuration) else { return }
            try? await hub.stop(listener: listener)
            await hub.close()
        }
        let limit = Task.detached {
            try await Task.sleep(for: .seconds(2))
            goodbye.cancel()
        }
        await goodbye.value
        limit.cancel()
    }
}
