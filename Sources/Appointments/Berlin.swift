/// The time zone of the office, Europe/Berlin: all that Advoware says is said in it. See ``Zone``.
public enum Berlin {
    /// The zone's name in the IANA database.
    public static let zoneName = "Europe/Berlin"
    /// The zone.
    public static let zone = Zone(zoneName)?.prepared() ?? .utc

    /// Seconds ahead of UTC at this point in time.
    public static func offset(at instant: Instant) -> Int { zone.offset(at: instant) }

    /// The point in time meant by a clock in Berlin, by the rule of `pytz.localize`: of the hour that comes twice in autumn the second pass
    /// (standard time), and in the hour that spring leaves out the standard offset, so that 02:30 is what the clock calls 03:30.
    public static func instant(of wall: WallTime, microsecond: Int = 0) -> Instant {
        zone.instants(of: wall, microsecond: microsecond).last
    }

    /// What a clock in Berlin shows at this point in time, the fraction of the second dropped.
    public static func wallTime(of instant: Instant) -> WallTime { zone.wallTime(of: instant) }

    /// The offset that ``instant(of:microsecond:)`` takes for this clock reading, as RFC 3339 writes it: `+01:00` or `+02:00`.
    public static func offsetText(for wall: WallTime) -> String {
        let minutes = (Instant(utc: wall).seconds - instant(of: wall).seconds) / 60
        return "+\(digits(minutes / 60, 2)):\(digits(minutes % 60, 2))"
    }
}
