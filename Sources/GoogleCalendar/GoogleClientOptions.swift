public import Appointments
import FoundationEssentials
public import HTTP

extension GoogleClient {
    /// One request that was answered or failed, for metrics. Holds nothing of its content.
    public struct RequestRecord: Sendable, Hashable {
        /// `google`.
        public let system: String
        /// The method.
        public let method: HTTPMethod
        /// The call's name, for example `events.list`.
        public let operation: String
        /// The status of the answer; nil if there was none.
        public let status: Int?
        /// How long it took.
        public let duration: Duration
        /// 1 for the first try of a call.
        public let attempt: Int
    }

    /// How the client behaves, and its view of time, so that tests need not wait.
    public struct Options: Sendable {
        /// How many requests may be in flight at first; see ``GoogleClient/allow(_:)``.
        public var concurrency = 8
        /// How often a request is tried at most.
        public var maximumTries = 5
        /// No new try begins when this much time is gone since the request was first tried; a quota that
        /// stays closed for longer is not waited for. If Google asks to wait longer, the call fails
        /// at once, with ``GoogleError/retryAfter``.
        public var maximumTotal: Duration = .seconds(60)
        /// The waits between tries.
        public var backoff = Backoff(base: .seconds(1), maximum: .seconds(32))
        /// The longest wait for one answer.
        public var timeout: Duration = .seconds(30)
        /// The time of day, for signing logins.
        public var now: @Sendable () -> Instant = { Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }
        /// Time that only grows, for everything that expires.
        public var uptime: @Sendable () -> Duration = { [start = ContinuousClock.now] in ContinuousClock.now - start }
        /// Waits; throws when the task is cancelled.
        public var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
        /// Told of every request when it is over. Must return quickly.
        public var onRequest: (@Sendable (RequestRecord) -> Void)?

        /// The defaults.
        public init() {}
    }
}
