/// A time of day to the second, without a zone.
public struct TimeOfDay: Sendable, Hashable {
    /// 0 to 23.
    public let hour: Int
    /// 0 to 59.
    public let minute: Int
    /// 0 to 59.
    public let second: Int

    /// The time with these numbers, or nil if no clock shows it (24:00 and leap seconds among them).
    public init?(hour: Int, minute: Int, second: Int = 0) {
        guard (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second) else { return nil }
        (self.hour, self.minute, self.second) = (hour, minute, second)
    }

    /// The time so many seconds after midnight, counted on around the clock.
    public init(secondOfDay: Int) {
        let seconds = ((secondOfDay % 86_400) + 86_400) % 86_400
        (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60)
    }

    /// Reads `HH:MM`, `HH:MM:SS` and either with one digit for the hour or a fraction of a second, which is dropped.
    public init?(text: String) {
        guard let time = MomentText.timeOfDay(text) else { return nil }
        self = time
    }

    /// Seconds since midnight.
    public var secondOfDay: Int { hour * 3_600 + minute * 60 + second }

    /// 00:00:00.
    public static let midnight = TimeOfDay(secondOfDay: 0)
    /// 23:59:00, where Advoware ends its days.
    public static let lastMinute = TimeOfDay(secondOfDay: 86_340)
}

extension TimeOfDay: Comparable, CustomStringConvertible {
    /// The earlier one is less.
    public static func < (left: TimeOfDay, right: TimeOfDay) -> Bool { left.secondOfDay < right.secondOfDay }

    /// `HH:MM:SS`.
    public var description: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    func append(to text: inout [UInt8]) {
        Basics.append(hour, 2, to: &text)
        text.append(UInt8(ascii: ":"))
        Basics.append(minute, 2, to: &text)
        text.append(UInt8(ascii: ":"))
        Basics.append(second, 2, to: &text)
    }
}

/// What calendar and clock on a wall in Berlin show: no zone, no offset.
public struct WallTime: Sendable, Hashable {
    /// The day.
    public var date: LocalDate
    /// The time of day.
    public var time: TimeOfDay

    /// A day and a time.
    public init(date: LocalDate, time: TimeOfDay = .midnight) {
        (self.date, self.time) = (date, time)
    }

    /// A day and a time in numbers, or nil if no clock shows it.
    public init?(date: LocalDate, hour: Int, minute: Int, second: Int = 0) {
        guard let time = TimeOfDay(hour: hour, minute: minute, second: second) else { return nil }
        self.init(date: date, time: time)
    }

    /// 0 to 23.
    public var hour: Int { time.hour }
    /// 0 to 59.
    public var minute: Int { time.minute }
    /// 0 to 59.
    public var second: Int { time.second }

    /// The clock so many seconds later as if every day had 24 hours; stops at the ends of the calendar.
    public func adding(seconds: Int) -> WallTime {
        let (sum, overflow) = time.secondOfDay.addingReportingOverflow(seconds)
        let total = overflow ? (seconds < 0 ? Int.min : .max) : sum
        let days = total / 86_400 - (total % 86_400 < 0 ? 1 : 0)
        return WallTime(date: date.adding(days: days), time: TimeOfDay(secondOfDay: total % 86_400))
    }

    /// Seconds from one clock reading to a later one as if every day had 24 hours.
    public func seconds(until other: WallTime) -> Int {
        (other.date.dayNumber - date.dayNumber) * 86_400 + other.time.secondOfDay - time.secondOfDay
    }
}

extension WallTime: Comparable, CustomStringConvertible {
    /// By day, then by time.
    public static func < (left: WallTime, right: WallTime) -> Bool {
        (left.date, left.time) < (right.date, right.time)
    }

    /// `YYYY-MM-DDTHH:MM:SS`.
    public var description: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    func append(to text: inout [UInt8]) {
        text.reserveCapacity(text.count + 19)
        date.append(to: &text)
        text.append(UInt8(ascii: "T"))
        time.append(to: &text)
    }
}
