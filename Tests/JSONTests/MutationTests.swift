import JSON
import Testing

/// The xorshift generator: the same sequence for the same seed on every machine.
private struct Sequence: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

struct MutationTests {
    private static let document = Array(
        #"""
        [{"frNr": 85861, "datum": "2026-03-29T09:00:00", "uhrzeitVon": null, "text": "Müller ./. \"Meier\" \u00e4\ud83d\ude00", "dauertermin": 0,
        "x": [1.5, -2e10, true, false, {"tief": [[[[]]]]}], "nr": 9223372036854775807, "": {}, "notiz": "halb \ud83d", "gross": [1e400, 0.1234567890123456789]}]
        """#.utf8)

    @Test func twentyThousandMutatedDocumentsAreReadOrRefusedButNeverCrash() {
        var random = Sequence(state: 0x5EED)
        var read = 0
        for _ in 0..<20_000 {
            let mutated = Self.mutate(Self.document, &random)
            guard let value = try? JSONValue(parsing: mutated) else { continue }
            read += 1
            #expect((try? JSONValue(parsing: value.bytes())) == value)
        }
        #expect((500..<19_500).contains(read), "some must survive and some must break, else the mutations are no test")
    }

    private static func mutate(_ document: [UInt8], _ random: inout Sequence) -> [UInt8] {
        var bytes = document
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(Array("[]{}\",:\\u0e-".utf8).randomElement(using: &random) ?? 0, at: place)
            case 4: bytes.removeSubrange(place...)
            default: bytes.insert(contentsOf: bytes[..<min(place, 40)], at: place)
            }
        }
        return bytes
    }
}
