import Foundation

/// A point in time, in microseconds since 1970-01-01T00:00:00Z.
///
/// The simulator brings its own little clock arithmetic instead of using the product's: a simulator that shared it would agree with its errors.
struct Moment: Sendable, Hashable, Comparable {
    var microseconds: Int64

    init(microseconds: Int64) { self.microseconds = microseconds }

    init(seconds: Int) { microseconds = Int64(seconds) * 1_000_000 }

    /// Reads RFC 3339 with a zone (`2026-01-05T09:00:00.25Z`, `…+01:00`); nil for anything else.
    init?(rfc3339 text: String) {
        guard let stamp = Stamp(text), let offset = stamp.offset else { return nil }
        microseconds = Int64(stamp.wall.secondsSince1970 - offset) * 1_000_000 + Int64(stamp.microseconds)
    }

    static func < (left: Moment, right: Moment) -> Bool { left.microseconds < right.microseconds }

    /// Whole seconds since 1970, rounded down.
    var seconds: Int { Int(microseconds.floorDivided(by: 1_000_000)) }

    /// The fraction of the second, 0…999999.
    var fraction: Int { Int(microseconds - Int64(seconds) * 1_000_000) }

    func adding(seconds: Double) -> Moment { Moment(microseconds: microseconds + Int64(seconds * 1_000_000)) }

    /// UTC with `Z` and three fraction digits, as Google writes `updated`.
    var rfc3339Milliseconds: String { wall(offset: 0).iso + "." + digits(fraction / 1000, 3) + "Z" }

    /// As HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
    var httpDate: String {
        let wall = wall(offset: 0)
        let (year, month, day) = wall.day.parts
        let weekday = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][wall.day.weekday]
        let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month - 1]
        return "\(weekday), \(digits(day, 2)) \(name) \(digits(year, 4)) \(wall.iso.dropFirst(11)) GMT"
    }

    /// Without fraction, in a zone: `2026-01-05T09:00:00+01:00`, or `…Z` where the offset is zero.
    func rfc3339(in zone: TimeZone) -> String {
        let offset = zone.offset(at: self)
        guard offset != 0 else { return wall(offset: 0).iso + "Z" }
        let minutes = abs(offset) / 60
        return wall(offset: offset).iso + (offset < 0 ? "-" : "+") + digits(minutes / 60, 2) + ":" + digits(minutes % 60, 2)
    }

    /// The wall time that a clock shows which is `offset` seconds ahead of UTC.
    func wall(offset: Int) -> CivilTime { CivilTime(secondsSince1970: seconds + offset) }

    func wall(in zone: TimeZone) -> CivilTime { wall(offset: zone.offset(at: self)) }
}

/// A date and time as text says it, with the offset only if it was written.
struct Stamp: Sendable {
    var wall: CivilTime
    var microseconds: Int
    var offset: Int?

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 19, bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t"),
            let day = CivilDay(iso: String(decoding: bytes[0..<10], as: UTF8.self)),
            let second = CivilTime.secondOfDay(String(decoding: bytes[11..<19], as: UTF8.self))
        else { return nil }
        wall = CivilTime(day: day, second: second)
        microseconds = 0
        var rest = bytes[19...]
        if rest.first == UInt8(ascii: ".") {
            let run = rest.dropFirst().prefix { $0 >= 48 && $0 <= 57 }
            guard !run.isEmpty else { return nil }
            let six = (run.prefix(6) + Array(repeating: 48, count: 6)).prefix(6)
            microseconds = six.reduce(0) { $0 * 10 + Int($1 - 48) }
            rest = rest.dropFirst(1 + run.count)
        }
        switch rest.first {
        case nil: offset = nil
        case UInt8(ascii: "Z"), UInt8(ascii: "z"):
            guard rest.count == 1 else { return nil }
            offset = 0
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            let parts = String(decoding: rest.dropFirst(), as: UTF8.self).split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ $0.count == 2 }), let hours = Int(parts[0]), let minutes = Int(parts[1]),
                (0..<24).contains(hours), (0..<60).contains(minutes)
            else { return nil }
            offset = (hours * 60 + minutes) * 60 * (rest.first == UInt8(ascii: "-") ? -1 : 1)
        default: return nil
        }
    }
}

extension TimeZone {
    func offset(at moment: Moment) -> Int { secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.seconds))) }

    /// The instant at which a clock in this zone shows `wall`: the first reading where there are two, the offset before the change in a gap.
    func moment(of wall: CivilTime) -> Moment {
        let asUTC = wall.secondsSince1970
        let before = offset(at: Moment(seconds: asUTC - 86_400))
        let after = offset(at: Moment(seconds: asUTC + 86_400))
        if offset(at: Moment(seconds: asUTC - before)) == before { return Moment(seconds: asUTC - before) }
        if offset(at: Moment(seconds: asUTC - after)) == after { return Moment(seconds: asUTC - after) }
        return Moment(seconds: asUTC - before)
    }

    /// Germany's zone; its rules are part of Foundation, and GMT+1 stands in where they are missing.
    static let berlin = TimeZone(identifier: "Europe/Berlin") ?? TimeZone(secondsFromGMT: 3600) ?? .gmt
}

/// `value` with leading zeros.
func digits(_ value: Int, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.count)) + text
}
