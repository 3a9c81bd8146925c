/// SplitMix64: small, fast and the same on every machine, so that a seed tells the whole story of a run.
struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x2545_F491_4F6C_DD1D &+ 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// True with this probability (0…1).
    mutating func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &self) < probability }

    /// One of `choices`, or `fallback` where there are none.
    mutating func pick<Value>(_ choices: [Value], else fallback: Value) -> Value { choices.randomElement(using: &self) ?? fallback }

    mutating func pick(_ choices: [String]) -> String { pick(choices, else: "") }
}
