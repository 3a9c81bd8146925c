/// Growing delays with full jitter: a random time between nothing and `base` · 2^attempt, `maximum` at most.
///
/// Full jitter spreads callers that failed together best.
public struct Backoff: Sendable {
    /// The longest first delay.
    public var base: Duration
    /// The longest delay of all, if the server does not ask for more.
    public var maximum: Duration
    /// With a seed every delay is a function of seed and attempt, for tests; without one it is random each time.
    public var seed: UInt64?

    /// Delays.
    public init(base: Duration = .milliseconds(500), maximum: Duration = .seconds(64), seed: UInt64? = nil) {
        self.base = base
        self.maximum = maximum
        self.seed = seed
    }

    /// How long to wait before the next try.
    ///
    /// - Parameters:
    ///   - attempt: 0 after the first failure, 1 after the second, and so on.
    ///   - retryAfter: what the server asked for; never waits less, and up to `base` more, so that not all come back in the same moment.
    public func delay(attempt: Int, retryAfter: Duration? = nil) -> Duration {
        if let seed {
            var generator = SplitMix(state: seed &+ UInt64(truncatingIfNeeded: attempt))
            return delay(attempt, retryAfter, &generator)
        }
        var generator = SystemRandomNumberGenerator()
        return delay(attempt, retryAfter, &generator)
    }

    private func delay(_ attempt: Int, _ retryAfter: Duration?, _ generator: inout some RandomNumberGenerator) -> Duration {
        let fraction = Double.random(in: 0...1, using: &generator)
        if let retryAfter { return max(retryAfter, .zero) + base * fraction }
        // 2^30 exceeds any sensible maximum, and the product must not overflow.
        return min(maximum, base * Double(1 << min(max(attempt, 0), 30))) * fraction
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough to spread delays in a test.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
