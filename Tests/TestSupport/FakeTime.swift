public import Appointments
import Synchronization

/// Time that passes only while somebody sleeps, or when told to.
public final class FakeTime: Sendable {
    private let state = Mutex((now: Duration.zero, waits: [Duration]()))

    /// Starts at nothing.
    public init() {}

    /// All sleeps so far.
    public var waits: [Duration] { state.withLock { $0.waits } }
    /// Since the test began.
    public var uptime: Duration { state.withLock { $0.now } }
    /// 2026-08-30T00:00:00Z when the test begins.
    public var now: Instant { Instant(microseconds: 1_788_048_000_000_000 + Int64(uptime / .microseconds(1))) }

    /// Time passes.
    public func advance(_ time: Duration) {
        state.withLock { $0.now += time }
    }

    /// Passes the time at once.
    public func sleep(_ time: Duration) throws {
        try Task.checkCancellation()
        state.withLock {
            $0.now += time
            $0.waits.append(time)
        }
    }
}
