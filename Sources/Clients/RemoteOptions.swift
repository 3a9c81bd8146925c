public import Basics
import FoundationEssentials
public import HTTP

/// How a client behaves, and its view of time, so that tests need not wait.
public struct RemoteOptions: Sendable {
    /// How many requests may be in flight at first.
    public var concurrency: Int
    /// How often a request is tried at most.
    public var maximumTries: Int
    /// No new try begins when this much time is gone since the request was first tried; a quota that stays closed for longer is not waited
    /// for. If the system asks to wait longer, the call fails at once, with ``RemoteError/retryAfter``.
    public var maximumTotal: Duration
    /// The waits between tries.
    public var backoff: Backoff
    /// The time of day, for signing logins.
    public var now: @Sendable () -> Instant = { Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }
    /// Time that only grows, for everything that expires.
    public var uptime: @Sendable () -> Duration = { [start = ContinuousClock.now] in ContinuousClock.now - start }
    /// Waits; throws when the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    /// Told of every request once, when it is over. Must return quickly.
    public var onRequest: (@Sendable (RequestRecord) -> Void)?

    /// What each system wants its own way.
    public init(concurrency: Int, maximumTries: Int, maximumTotal: Duration, backoff: Backoff) {
        self.concurrency = concurrency
        self.maximumTries = maximumTries
        self.maximumTotal = maximumTotal
        self.backoff = backoff
    }
}
