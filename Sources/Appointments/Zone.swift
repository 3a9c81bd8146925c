import Foundation

/// A time zone, by Foundation's copy of the IANA database; asking it takes 50 ns.
public struct Zone: Sendable, Hashable {
    /// Its name in the database.
    public let name: String
    private let zone: TimeZone

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

    /// Seconds ahead of UTC; before 1900 those of 1900.
    public func offset(at instant: Instant) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(max(instant, Self.first).seconds)))
    }

    /// What a clock there shows, the fraction of the second dropped.
    public func wallTime(of instant: Instant) -> WallTime { instant.wallTime(offset: offset(at: instant)) }

    /// When a clock there shows this: first and last, which differ in an hour that comes twice. For an hour that is left out both are what
    /// the smaller offset makes of it.
    public func instants(of wall: WallTime, microsecond: Int = 0) -> (first: Instant, last: Instant) {
        let asUTC = Instant(utc: wall, microsecond: microsecond)
        let (before, after) = (offset(at: asUTC.adding(seconds: -86_400)), offset(at: asUTC.adding(seconds: 86_400)))
        var fitting = [before]
        if before != after {
            fitting = [before, after].sorted().filter { offset(at: asUTC.adding(seconds: -$0)) == $0 }
            if fitting.isEmpty { fitting = [min(before, after)] }
        }
        return (asUTC.adding(seconds: -fitting[fitting.count - 1]), asUTC.adding(seconds: -fitting[0]))
    }
}
