import Foundation
import JSON

/// How Advoware writes down what it has, in one answer.
struct TerminStyle: Sendable {
    var strikes = Strikes()
    var random = SeededRandom(seed: 0)

    /// Stands for half an emoji until the answer is bytes: no string can hold one.
    static let cutEmoji = "\u{E000}"

    /// The answer as bytes, with the halves of emoji that it has.
    static func bytes(_ body: [UInt8]) -> [UInt8] {
        Array(String(decoding: body, as: UTF8.self).replacing(cutEmoji, with: #"\ud83d"#).utf8)
    }

    /// A list or a single Termin; never changes what a Termin says, but for `missing_times` and the timestamp.
    mutating func write(_ termin: Fields) -> JSONValue {
        var fields = termin
        if strikes.has(.loneSurrogate) { fields["text"] = .string((termin["text"]?.stringValue ?? "") + Self.cutEmoji) }
        let number = termin["frNr"]?.intValue ?? 0
        let start = termin["uhrzeitVon"]?.stringValue ?? "00:00:00"
        let end = termin["uhrzeitBis"]?.stringValue ?? "00:00:00"
        fields["uhrzeitBisTicks"] =
            termin["uhrzeitBis"]?.stringValue.flatMap(CivilTime.secondOfDay).map { .int(Int64($0) * 10_000_000) } ?? .null
        fields["datum"] = date(termin["datum"], time: start)
        fields["datumBis"] = date(termin["datumBis"], time: end)
        if strikes.has(.dateFormats) {
            for name in ["uhrzeitVon", "uhrzeitBis"] {
                // Whole minutes only: HH:MM must not change what the Termin says.
                if let text = fields[name]?.stringValue, text.hasSuffix(":00"), random.chance(0.5) {
                    fields[name] = .string(String(text.prefix(5)))
                }
            }
        }
        if strikes.has(.missingTimes), number % 5 == 0 {
            let name = number % 2 == 0 ? "uhrzeitVon" : "uhrzeitBis"
            switch number / 5 % 3 {
            case 0: fields.removeValue(forKey: name)
            case 1: fields[name] = .null
            default: fields[name] = ""
            }
            if name == "uhrzeitVon" { fields["datum"] = termin["datum"] }
            // In every other one the ticks are the only end.
            if name == "uhrzeitBis", number / 10 % 2 == 0 { fields["uhrzeitBisTicks"] = nil }
        }
        if strikes.has(.utcClock), let text = fields["zuletztGeaendertAm"]?.stringValue, let stamp = Stamp(text) {
            let utc = TimeZone.berlin.moment(of: stamp.wall).wall(offset: 0)
            fields["zuletztGeaendertAm"] = .string(utc.iso + text.dropFirst(19))
        }
        if strikes.has(.unreadableTimestamp), number % 2 == 0 {
            let nonsense: [JSONValue?] = [nil, .null, "", "gestern", "0000-00-00T00:00:00", "2026-02-31T25:61:00"]
            fields["zuletztGeaendertAm"] = random.pick(nonsense, else: nil)
        }
        return named(fields)
    }

    private mutating func date(_ value: JSONValue?, time: String) -> JSONValue {
        guard let day = value?.stringValue else { return .null }
        guard strikes.has(.dateFormats) else { return .string(day + "T" + time) }
        return .string(
            day + random.pick(["", "T00:00:00", "T00:00:00.000", "T00:00:00Z", "T" + time, "T" + time + ".0000000", "T" + time + "Z"]))
    }

    /// Field names in another case, if that weakness strikes.
    mutating func named(_ fields: Fields) -> JSONValue {
        guard strikes.has(.fieldCase) else { return .object(fields) }
        let fashion = Int.random(in: 0..<5, using: &random)
        var renamed: Fields = [:]
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            renamed[Self.recased(name, fashion == 4 ? Int.random(in: 0..<4, using: &random) : fashion)] = value
        }
        return .object(renamed)
    }

    static func recased(_ name: String, _ fashion: Int) -> String {
        switch fashion {
        case 0: name
        case 1: name.lowercased()
        case 2: name.prefix(1).uppercased() + name.dropFirst()
        default: name.uppercased()
        }
    }
}
