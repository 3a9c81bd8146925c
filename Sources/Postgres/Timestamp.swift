import Basics

/// `timestamptz` on the wire, from and to microseconds since 1970-01-01 00:00 UTC.
enum Timestamp {
    /// From 1970 to 2000, where PostgreSQL begins to count.
    private static let epochOffset: Int64 = 946_684_800_000_000

    /// Big-endian microseconds since 2000. What lies outside Int64 is clamped, and refused by the server as out of range.
    static func binary(_ microseconds: Int64) -> [UInt8] {
        let (difference, overflow) = microseconds.subtractingReportingOverflow(epochOffset)
        let value = overflow ? Int64.min + 1 : difference
        return (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
    }

    /// Parses `2026-03-29 01:02:03.456789+00`: DateStyle ISO, TimeZone UTC, as every session of ours begins. Anything else
    /// (`infinity`, years BC, another zone) is nil.
    static func parse(_ text: String) -> Int64? {
        var scanner = MomentScanner(text)
        guard let year = scanner.number(4...6), scanner.take("-"), let month = scanner.number(2...2), scanner.take("-"),
            let day = scanner.number(2...2), scanner.take(" "), let (time, microsecond) = scanner.clock(), scanner.take("+"),
            scanner.number(2...2) == 0, scanner.isAtEnd
        else { return nil }
        let seconds = LocalDate.dayNumber(year: year, month: month, day: day) * 86_400 + time.secondOfDay
        return Int64(seconds) * 1_000_000 + Int64(microsecond)
    }
}
