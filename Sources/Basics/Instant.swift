/// A point in time, to the microsecond: what PostgreSQL's `timestamptz` holds.
public struct Instant: Sendable, Hashable {
    /// Microseconds since 1970-01-01T00:00:00Z; negative before.
    public let microseconds: Int64

    /// So many microseconds after 1970-01-01T00:00:00Z.
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The point in time at which a clock in UTC shows this, and so many seconds later.
    public init(utc wall: WallTime, adding seconds: Int = 0, microsecond: Int = 0) {
        let whole = wall.date.dayNumber * 86_400 + wall.time.secondOfDay + seconds
        microseconds = Int64(whole) * 1_000_000 + Int64(microsecond)
    }

    /// Reads an RFC 3339 time with its offset, such as `2025-10-23T12:18:36.245Z` or `2025-10-23T14:18:36+02:00`.
    /// More than six digits of the fraction are dropped; without an offset it is no point in time, and nil.
    public init?(rfc3339 text: String) {
        guard let moment = MomentText(text), moment.time != nil, let offset = moment.offset else { return nil }
        self.init(utc: moment.wallTime, adding: -offset, microsecond: moment.microsecond)
    }

    /// Whole seconds since 1970, rounded down.
    public var seconds: Int {
        let whole = Int(microseconds / 1_000_000)
        return microseconds % 1_000_000 < 0 ? whole - 1 : whole
    }

    /// What a clock so many seconds east of UTC shows, the fraction dropped.
    public func wallTime(offset: Int) -> WallTime {
        WallTime(date: LocalDate(dayNumber: 0)).adding(seconds: seconds + offset)
    }

    /// The point in time so many seconds later; stops at the ends of its range.
    public func adding(seconds: Int) -> Instant {
        let (span, tooLong) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000)
        let (sum, tooFar) = microseconds.addingReportingOverflow(span)
        return Instant(microseconds: tooLong || tooFar ? (seconds < 0 ? .min : .max) : sum)
    }
}

extension Instant: Comparable, CustomStringConvertible {
    /// The earlier one is less.
    public static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }

    /// RFC 3339 in UTC with six digits, such as `2025-10-23T12:18:36.245000Z`; years outside 1 to 9999 become the nearest.
    public var description: String {
        let fraction = Int(((microseconds % 1_000_000) + 1_000_000) % 1_000_000)
        var text: [UInt8] = []
        text.reserveCapacity(27)
        wallTime(offset: 0).append(to: &text)
        text.append(UInt8(ascii: "."))
        append(fraction, 6, to: &text)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }
}
