/// A moment as both systems write it: a date, perhaps a time, perhaps a fraction of a second, perhaps an offset from UTC.
///
/// What an offset means is the reader's business: in Google's texts it is meant, in Advoware's a trailing `Z` means nothing.
public struct MomentText: Sendable, Hashable {
    /// The date.
    public let date: LocalDate
    /// The time of day, nil if the text is a date only.
    public let time: TimeOfDay?
    /// The fraction of the second, cut to 0 to 999,999 microseconds.
    public let microsecond: Int
    /// Seconds east of UTC; `Z` is 0; nil if the text has none.
    public let offset: Int?

    /// Reads `YYYY-MM-DD`, alone or followed by `T` or a space, `HH:MM[:SS[.fraction]]` and `Z` or `±HH[:]MM`.
    public init?(_ text: String) {
        var scanner = MomentScanner(text)
        guard let year = scanner.number(4...4), scanner.take("-"), let month = scanner.number(2...2), scanner.take("-"),
            let day = scanner.number(2...2), let date = LocalDate(year: year, month: month, day: day)
        else { return nil }
        self.date = date
        guard !scanner.isAtEnd else {
            (time, microsecond, offset) = (nil, 0, nil)
            return
        }
        guard scanner.take("T") || scanner.take("t") || scanner.take(" "), let clock = scanner.clock() else { return nil }
        (time, microsecond) = clock
        offset = scanner.offset()
        guard scanner.isAtEnd else { return nil }
    }

    /// What the text's clock shows, midnight if it has none.
    public var wallTime: WallTime { WallTime(date: date, time: time ?? .midnight) }

    static func timeOfDay(_ text: String) -> TimeOfDay? {
        var scanner = MomentScanner(text)
        guard let clock = scanner.clock(), scanner.isAtEnd else { return nil }
        return clock.time
    }
}

/// Walks over a moment in ASCII text, for readers of more than one dialect of ISO 8601.
public struct MomentScanner {
    private let text: [UInt8]
    private var place = 0

    /// At the text's beginning.
    public init(_ text: String) { self.text = Array(text.utf8) }

    /// Whether nothing is left.
    public var isAtEnd: Bool { place == text.count }

    /// Takes this character, if it is the next.
    public mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard place < text.count, UInt32(text[place]) == character.value else { return false }
        place += 1
        return true
    }

    private mutating func digit() -> Int? {
        guard place < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[place]) else { return nil }
        place += 1
        return Int(text[place - 1] - UInt8(ascii: "0"))
    }

    /// Takes so many digits; nil if there are fewer.
    public mutating func number(_ length: ClosedRange<Int>) -> Int? {
        var (value, count) = (0, 0)
        while count < length.upperBound, let digit = digit() {
            value = value * 10 + digit
            count += 1
        }
        return count >= length.lowerBound ? value : nil
    }

    /// Takes `HH:MM[:SS[.fraction]]`.
    public mutating func clock() -> (time: TimeOfDay, microsecond: Int)? {
        guard let hour = number(1...2), take(":"), let minute = number(2...2) else { return nil }
        var (second, microsecond) = (0, 0)
        if take(":") {
            guard let seconds = number(2...2) else { return nil }
            second = seconds
            if take(".") || take(",") {
                var unit = 100_000
                while let digit = digit() {
                    microsecond += digit * unit
                    unit /= 10
                }
            }
        }
        return TimeOfDay(hour: hour, minute: minute, second: second).map { ($0, microsecond) }
    }

    mutating func offset() -> Int? {
        if take("Z") || take("z") { return 0 }
        let before = place
        let sign = take("+") ? 1 : take("-") ? -1 : 0
        if sign != 0, let hours = number(2...2), hours < 24 {
            _ = take(":")
            if let minutes = number(2...2), minutes < 60 { return sign * (hours * 3_600 + minutes * 60) }
        }
        place = before
        return nil
    }
}
