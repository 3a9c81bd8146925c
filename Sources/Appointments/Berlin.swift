/// The time zone of the office, Europe/Berlin: all that Advoware says is said in it.
///
/// The rule is written out here because it is short, is law in the EU since 1996, and needs no zone database on the machine: one hour ahead of
/// UTC, two between the last Sundays of March and October, both changes at 01:00 UTC. Summer times of 1980 to 1995 are right too, older ones
/// are left out.
public enum Berlin {
    /// The zone's name in the IANA database.
    public static let zoneName = "Europe/Berlin"
    /// Seconds ahead of UTC in winter.
    public static let standardOffset = 3_600
    /// Seconds ahead of UTC in summer.
    public static let summerOffset = 7_200

    /// Seconds ahead of UTC at this point in time.
    public static func offset(at instant: Instant) -> Int {
        let second = instant.seconds
        let year = instant.wallTime(offset: 0).date.year
        guard let summer = summerTime(of: year) else { return standardOffset }
        return summer.contains(second) ? summerOffset : standardOffset
    }

    /// The point in time meant by a clock in Berlin, by the rule of `pytz.localize`: of the hour that comes twice in autumn the second pass
    /// (standard time), and in the hour that spring leaves out the standard offset, so that 02:30 is what the clock calls 03:30.
    public static func instant(of wall: WallTime, microsecond: Int = 0) -> Instant {
        let standard = Instant(utc: wall, adding: -standardOffset, microsecond: microsecond)
        if offset(at: standard) == standardOffset { return standard }
        let summer = Instant(utc: wall, adding: -summerOffset, microsecond: microsecond)
        return offset(at: summer) == summerOffset ? summer : standard
    }

    /// What a clock in Berlin shows at this point in time, the fraction of the second dropped.
    public static func wallTime(of instant: Instant) -> WallTime {
        instant.wallTime(offset: offset(at: instant))
    }

    /// The offset that ``instant(of:microsecond:)`` takes for this clock reading, as RFC 3339 writes it: `+01:00` or `+02:00`.
    public static func offsetText(for wall: WallTime) -> String {
        let offset = Instant(utc: wall).seconds - instant(of: wall).seconds
        return offset == summerOffset ? "+02:00" : "+01:00"
    }

    /// The seconds since 1970 during which a year has summer time.
    private static func summerTime(of year: Int) -> Range<Int>? {
        guard year >= 1980 else { return nil }
        guard let march = LocalDate(year: year, month: 3, day: 31), let april = LocalDate(year: 1980, month: 4, day: 6),
            let september = LocalDate(year: year, month: 9, day: 30), let october = LocalDate(year: year, month: 10, day: 31)
        else { return nil }
        let first = year == 1980 ? april.dayNumber : lastSunday(upTo: march)
        let last = lastSunday(upTo: year < 1996 ? september : october)
        return first * 86_400 + 3_600..<last * 86_400 + 3_600
    }

    private static func lastSunday(upTo date: LocalDate) -> Int {
        // Day 3 after 1 January 1970 was a Sunday.
        date.dayNumber - (date.dayNumber - 3) % 7
    }
}
