import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// Listens for notifications on a session of its own and wakes whoever waits for work.
struct ListenService: Service {
    let wake: WakeSignal
    let keeper: KeepConnected
    let log: Logger

    /// The floor: so often the queue is read whether or not a notification came.
    static let pollInterval = Duration.seconds(5)
    /// A subscription can be lost while the socket lives; every so many polls the server is asked.
    static let pollsPerProbe = 3

    func run() async throws {
        try await keeper.run { hub in
            // First the subscription, then the look into the queue: nothing falls between.
            try await hub.connection.listen(HubClient.channel)
            let lock = NotificationLock(hub: hub)
            try await lock.acquire()
            wake.wake()
            log.info("listening", metadata: ["channel": "\(HubClient.channel)"])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await notification in hub.connection.notifications.cancelOnGracefulShutdown() {
                        try await accept(notification, hub, lock)
                    }
                    // Only the loss of the session or the end of the process ends the stream.
                    if !Task.isShuttingDownGracefully { throw PostgresError(.connectionLost, "the listening session has ended") }
                }
                group.addTask { try await poll(hub, lock) }
                // The first who ends, ends both.
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    private func accept(_ notification: PostgresNotification, _ hub: HubClient, _ lock: NotificationLock) async throws {
        wake.wake()
        // The product's own triggers say no more than "look".
        guard notification.payload != "queue" else { return }
        guard try await lock.acquire() else { return }
        guard let requestID = try await hub.acceptNotification(notification.payload, sender: notification.pid) else { return }
        log.info("notification accepted", metadata: ["request": "\(requestID)"])
        wake.wake()
    }

    private func poll(_ hub: HubClient, _ lock: NotificationLock) async throws {
        var polls = 0
        while !Task.isShuttingDownGracefully {
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.pollInterval) }
            if Task.isShuttingDownGracefully || Task.isCancelled { return }
            wake.wake()
            try await lock.acquire()
            polls += 1
            if polls % Self.pollsPerProbe == 0, try await !hub.connection.isListening(on: HubClient.channel) {
                throw PostgresError(.connectionLost, "the server no longer knows the subscription")
            }
        }
    }
}

/// The lock that makes one listener of all the one who answers people's notifications. It lives and dies with the session.
final class NotificationLock: Sendable {
    private let hub: HubClient
    private let isHeld = Mutex(false)

    init(hub: HubClient) { self.hub = hub }

    /// Tries to get the lock unless it is held already; whether it is held now.
    @discardableResult
    func acquire() async throws(PostgresError) -> Bool {
        if isHeld.withLock({ $0 }) { return true }
        let held = try await hub.tryNotificationLock()
        isHeld.withLock { $0 = held }
        return held
    }
}
