import Synchronization

/// How long this process may act for one run, by its own clock and on the safe side of the hub's.
///
/// The hub counts from when a claim or heartbeat reaches it, we from before it was sent. A lease that has run out stays so: the hub may
/// have given the run to somebody else, and a later heartbeat does not bring it back.
final class RunLease: Sendable {
    /// How long it lasts without a heartbeat.
    let length: Duration
    private let end: Mutex<ContinuousClock.Instant>

    init(length: Duration, claimSentAt: ContinuousClock.Instant) {
        self.length = length
        end = Mutex(claimSentAt + length)
    }

    /// Whether something may be sent at this moment.
    func isHeld(at now: ContinuousClock.Instant = .now) -> Bool { end.withLock { now < $0 } }

    /// A heartbeat that was sent and answered at these times.
    func extend(sentAt: ContinuousClock.Instant, answeredAt: ContinuousClock.Instant) {
        end.withLock { end in
            if answeredAt < end { end = max(end, sentAt + length) }
        }
    }

    /// For the clients: asked immediately before each request that could change something, repetitions included.
    var permit: @Sendable () -> Bool {
        { [self] in isHeld() }
    }
}

/// The leases of all runs of this process: one heartbeat extends them together.
final class LeaseBook: Sendable {
    /// By fencing token: the same run can be claimed twice by one process.
    private let leases = Mutex<[Int64: RunLease]>([:])

    func open(_ run: ClaimedRun, claimSentAt: ContinuousClock.Instant) -> RunLease {
        let lease = RunLease(length: run.lease, claimSentAt: claimSentAt)
        leases.withLock { $0[run.fence] = lease }
        return lease
    }

    /// The shortest that is held; nil: none is.
    var shortest: Duration? { leases.withLock { $0.values.map(\.length).min() } }

    func close(_ run: ClaimedRun) { leases.withLock { $0[run.fence] = nil } }

    /// The fencing tokens of all that are held.
    var fences: [Int64] { leases.withLock { Array($0.keys) } }

    /// A heartbeat for these fencing tokens that was sent and answered at these times.
    func extend(_ fences: [Int64], sentAt: ContinuousClock.Instant, answeredAt: ContinuousClock.Instant) {
        let extended = leases.withLock { leases in fences.compactMap { leases[$0] } }
        for lease in extended { lease.extend(sentAt: sentAt, answeredAt: answeredAt) }
    }
}

/// The lease of a run is over. Whoever has the run now goes on.
struct LeaseLost: Error {}
