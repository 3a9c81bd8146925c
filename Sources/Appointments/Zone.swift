import Foundation

/// A time zone, by Foundation's copy of the IANA database.
public struct Zone: Sendable {
    /// Its name in the database.
    public let name: String
    private let zone: TimeZone
    /// The offset at the beginning of each week of some years, where it was asked for beforehand.
    private var weeks: [Int32] = []

    /// The zone of Greenwich, without summer time.
    static let utc = Zone(name: "GMT", zone: .gmt)
    /// Before lies local mean time, which no appointment means and RFC 3339 cannot write.
    private static let first = Instant(microseconds: -2_208_988_800_000_000)

    private init(name: String, zone: TimeZone) {
        self.name = name
        self.zone = zone
    }

    /// Nil if no zone of that name is known.
    public init?(_ name: String) {
        guard let zone = TimeZone(identifier: name) else { return nil }
        self.init(name: name, zone: zone)
    }

    /// The same zone with the offsets of 1990 to 2059 at hand: each appointment asks a dozen times, and Foundation takes 100 ns. For a zone
    /// that does not change its clocks twice within a week.
    func prepared() -> Zone {
        var copy = self
        copy.weeks = (0...Self.weekCount).map {
            Int32(offset(at: Instant(microseconds: Int64(Self.firstSecond + $0 * Self.week) * 1_000_000)))
        }
        return copy
    }

    private static let week = 7 * 86_400
    private static let firstSecond = LocalDate.dayNumber(year: 1990, month: 1, day: 1) * 86_400
    private static let weekCount = 70 * 366 / 7

    /// Seconds ahead of UTC; before 1900 those of 1900.
    public func offset(at instant: Instant) -> Int {
        let second = instant.seconds - Self.firstSecond
        let index = second / Self.week
        if second >= 0, index + 1 < weeks.count, weeks[index] == weeks[index + 1] { return Int(weeks[index]) }
        return zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(max(instant, Self.first).seconds)))
    }

    /// What a clock there shows, the fraction of the second dropped.
    public func wallTime(of instant: Instant) -> WallTime { instant.wallTime(offset: offset(at: instant)) }

    /// When a clock there shows this: first and last, which differ in an hour that comes twice. For an hour that is left out both are what
    /// the smaller offset makes of it.
    public func instants(of wall: WallTime, microsecond: Int = 0) -> (first: Instant, last: Instant) {
        let asUTC = Instant(utc: wall, microsecond: microsecond)
        let (before, after) = (offset(at: asUTC.adding(seconds: -86_400)), offset(at: asUTC.adding(seconds: 86_400)))
        guard before != after else { return (asUTC.adding(seconds: -before), asUTC.adding(seconds: -before)) }
        var fitting = [before, after].sorted().filter { offset(at: asUTC.adding(seconds: -$0)) == $0 }
        if fitting.isEmpty { fitting = [min(before, after)] }
        return (asUTC.adding(seconds: -fitting[fitting.count - 1]), asUTC.adding(seconds: -fitting[0]))
    }
}

extension Zone: Hashable {
    /// By name.
    public static func == (left: Zone, right: Zone) -> Bool { left.name == right.name }
    /// By name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
