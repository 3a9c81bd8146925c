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
        var rest = Array(text.utf8)[...]
        guard let year = number(4...6, before: "-", &rest), let month = number(2...2, before: "-", &rest),
            let day = number(2...2, before: " ", &rest), let hour = number(2...2, before: ":", &rest),
            let minute = number(2...2, before: ":", &rest), let second = number(2...2, before: nil, &rest)
        else { return nil }
        var microseconds: Int64 = 0
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            let digits = rest.count
            guard let fraction = number(1...6, before: nil, &rest) else { return nil }
            microseconds = (digits - rest.count..<6).reduce(fraction) { value, _ in value * 10 }
        }
        guard rest.elementsEqual("+00".utf8) else { return nil }
        let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
        return seconds * 1_000_000 + microseconds
    }

    /// Takes that many digits and the separator off the front.
    private static func number(_ count: ClosedRange<Int>, before separator: Unicode.Scalar?, _ rest: inout ArraySlice<UInt8>) -> Int64? {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard count.contains(digits.count) else { return nil }
        rest = rest.dropFirst(digits.count)
        if let separator {
            guard rest.first == UInt8(ascii: separator) else { return nil }
            rest.removeFirst()
        }
        return digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    /// Days since 1970-01-01 in the Gregorian calendar, for years after 0. The year is counted from March, so that the leap day is its last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let y = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return 365 * y + y / 4 - y / 100 + y / 400 + dayOfYear - 719_468
    }
}
