/// What a quota has shown of itself: how long it is closed, and how fast it may be used.
///
/// A refusal closes it: for as long as the server asks (`Retry-After`), and for longer each time in a row. After the pause one request
/// alone tries whether it is open again. The speed at which it was refused is halved, grows back soon to just below that, and beyond it
/// slowly: so what a quota allows is found with few refusals, and found again when it is raised. All times are those of a clock that only
/// grows.
struct Throttle: Sendable, Hashable {
    /// Requests in a second, never fewer: where a quota allows less, the pauses do the rest.
    static let slowest = 1.0
    /// Faster than any of the quotas: no bound is needed.
    static let fastest = 100.0
    /// The longest pause that the server has not asked for.
    static let longestPause = Duration.seconds(16)
    /// A refusal so long ago says nothing any more.
    static let memory = Duration.seconds(600)

    /// Nothing is sent before.
    private(set) var closedUntil = Duration.zero
    /// Requests in a second; nil: no refusal is remembered.
    private(set) var rate: Double?
    /// The speed at which it was refused.
    private var ceiling = 0.0
    private var grownAt = Duration.zero
    private var lastRefusal: Duration?
    /// In a row.
    private var refusals = 0
    /// From a refusal until something gets through: after the pause one request at a time.
    private(set) var isShut = false
    private var probeIsInFlight = false
    private var nextStart = Duration.zero
    /// Starts of the last second before the newest one.
    private var starts: [Duration] = []

    /// Whether it is as if it had never refused anything.
    func isForgotten(at now: Duration) -> Bool { lastRefusal.map { now - $0 > Self.memory } ?? true }

    /// Whether a request that began then left before the last refusal, and so says nothing new.
    func isOld(_ startedAt: Duration) -> Bool { lastRefusal.map { startedAt <= $0 } ?? false }

    /// When the next request may start; nil: when the one that tries has ended.
    var opening: Duration? {
        if isShut, probeIsInFlight { return nil }
        return max(closedUntil, rate == nil ? .zero : nextStart)
    }

    /// A request starts.
    ///
    /// - Returns: how many start in a second at present.
    mutating func started(at now: Duration) -> Double {
        probeIsInFlight = isShut
        if let rate { nextStart = max(nextStart, now) + .seconds(1 / rate) }
        starts.removeAll { now - $0 > .seconds(1) }
        starts.append(now)
        // A burst that has only begun is not yet a second old.
        let span = min(max((now - starts[0]) / .seconds(1), 0.1), 1)
        return Double(starts.count) / span
    }

    /// A request has ended, whatever it says.
    mutating func ended(startedAt: Duration) {
        if !isOld(startedAt) { probeIsInFlight = false }
    }

    /// A request got through.
    mutating func passed(startedAt: Duration, at now: Duration) {
        guard !isOld(startedAt) else { return }
        isShut = false
        refusals = 0
        grow(at: now)
    }

    /// A request was refused because it was one too many.
    ///
    /// - Parameters:
    ///   - speed: how many started in a second when it did.
    ///   - jitter: 0 to 1, so that not all come back in the same moment.
    mutating func refused(startedAt: Duration, speed: Double, at now: Duration, retryAfter: Duration?, jitter: Double) {
        let asked = retryAfter.map { now + $0 + .milliseconds(250) * jitter } ?? .zero
        closedUntil = max(closedUntil, asked)
        // Those that left together are refused together: one step, not many.
        guard !isOld(startedAt) else { return }
        // That it is still closed says nothing about the speed.
        if !isShut {
            ceiling = min(speed, rate ?? speed)
            rate = max(Self.slowest, ceiling / 2)
            grownAt = now
        }
        let pause = min(Self.longestPause, .seconds(1) * Double(1 << min(refusals, 10)))
        closedUntil = max(closedUntil, now + pause * (0.5 + jitter / 2))
        lastRefusal = now
        refusals += 1
        isShut = true
    }

    /// Closed at least until then.
    mutating func close(until end: Duration) { closedUntil = max(closedUntil, end) }

    private mutating func grow(at now: Duration) {
        guard let rate else { return }
        // What was not used has not been tried.
        let seconds = min((now - grownAt) / .seconds(1), 1)
        grownAt = now
        let below = ceiling * 0.9
        if rate < below {
            self.rate = min(below, rate * (1 + 0.15 * seconds))
        } else if rate < ceiling * 1.1 {
            self.rate = rate + ceiling * seconds / 300
        } else {
            self.rate = rate * (1 + 0.15 * seconds)
        }
        if rate > Self.fastest || isForgotten(at: now) { self.rate = nil }
    }
}
