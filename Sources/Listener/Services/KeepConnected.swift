import HTTP
import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// A session that one part of the program opens and another goes on with.
final class OpenedSession: Sendable {
    private let hub = Mutex<HubClient?>(nil)

    /// The session, for the first who asks.
    func take() -> HubClient? {
        hub.withLock { hub in
            defer { hub = nil }
            return hub
        }
    }

    var isThere: Bool { hub.withLock { $0 != nil } }

    func give(_ opened: HubClient) { hub.withLock { $0 = opened } }
}

/// Keeps a session of the hub open for one service and gives the service a new one whenever it is lost.
struct KeepConnected: Sendable {
    let name: String
    let configuration: PostgresConfiguration
    let log: Logger
    /// A session that is open already; taken first, once.
    var opened: OpenedSession?
    /// Jitter, so that all sessions of all listeners do not come back in the same moment.
    var backoff = Backoff(base: .milliseconds(200), maximum: .seconds(10))

    /// Connects, runs `body`, and connects again when it throws; until the process leaves or `body` returns.
    ///
    /// - Parameter closing: whether the session ends when `body` returns.
    /// - Throws: what `isFatal` names, else nothing.
    func run(
        isFatal: (any Error) -> Bool = { _ in false }, closing: Bool = true, _ body: (HubClient) async throws -> Void
    ) async throws {
        var failures = 0
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                let configuration = configuration
                let hub =
                    if let opened = opened?.take() { opened } else {
                        try await cancelWhenGracefulShutdown { try await HubClient.connect(configuration) }
                    }
                let connectedAt = ContinuousClock.now
                do {
                    try await body(hub)
                    if closing { await hub.close() }
                    return
                } catch {
                    await hub.close()
                    if connectedAt.duration(to: .now) > .seconds(30) { failures = 0 }
                    throw error
                }
            } catch {
                if Task.isShuttingDownGracefully || Task.isCancelled { return }
                if isFatal(error) { throw error }
                let delay = backoff.delay(attempt: failures)
                failures += 1
                var metadata: Logger.Metadata = ["service": "\(name)", "error": "\(error)", "attempt": "\(failures)"]
                metadata["remedy"] = (error as? PostgresError)?.remedy.map { "\($0)" }
                log.warning("\(Self.situation(of: error))", metadata: metadata)
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: delay) }
            }
        }
    }

    /// What an operator has to know first: who waits for whom.
    private static func situation(of error: any Error) -> String {
        guard let error = error as? PostgresError else { return "unexpected error, trying again" }
        switch error.sqlState {
        case "CS002": return "the hub is of another version; the listener waits until it fits"
        case _ where error.isOtherVersion: return "there is no hub in this database; the listener waits for one"
        case "42501": return "this login lacks rights that a listener needs; the listener waits for them"
        case _ where error.isMisconfigured: return "the database refuses this configuration, trying again"
        case _ where error.isConnectionLost: return "the session to the hub is lost; the listener connects again"
        case _ where error.isBusy: return "another session is in the way, trying again"
        default: return "hub refused a statement, trying again"
        }
    }
}
