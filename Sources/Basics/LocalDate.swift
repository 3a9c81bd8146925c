/// A day of the Gregorian calendar without a time zone, from year 1 to year 9999.
public struct LocalDate: Sendable, Hashable {
    /// 1 to 9999.
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to the number of days in the month.
    public let day: Int

    /// The day with these numbers, or nil if the calendar has none.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month) else { return nil }
        guard day >= 1, day <= Self.days(inMonth: month, of: year) else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// The day so many days after 1 January 1970; before year 1 and after year 9999 the nearest day there is.
    public init(dayNumber: Int) {
        // The civil calendar counted in eras of 400 years that begin on 1 March, so that a leap day is the last of its year.
        let days = min(max(dayNumber, Self.firstDayNumber), Self.lastDayNumber) + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    }

    /// Reads `YYYY-MM-DD` and nothing else.
    public init?(iso text: String) {
        guard let moment = MomentText(text), moment.time == nil else { return nil }
        self = moment.date
    }

    /// Days since 1 January 1970; negative before.
    public var dayNumber: Int { Self.dayNumber(year: year, month: month, day: day) }

    /// Days since 1 January 1970 of a day whose numbers are known to be right; for any year after 0, also beyond this calendar.
    public static func dayNumber(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The day so many days later, or earlier if negative; stops at the ends of the calendar.
    public func adding(days: Int) -> LocalDate {
        let (sum, overflow) = dayNumber.addingReportingOverflow(days)
        return LocalDate(dayNumber: overflow ? (days < 0 ? .min : .max) : sum)
    }

    /// Whether an appointment can be meant: 1900 to 2999. What lies outside is a program's way to say "never" (.NET has 0001-01-01 and 9999-12-31).
    public var isPlausible: Bool { (1900...2999).contains(year) }

    /// The day of the week.
    public var dayOfWeek: DayOfWeek {
        // 1 January 1970 was a Thursday, the fourth day of its week.
        let index = (dayNumber + 3) % 7
        return DayOfWeek.allCases[index < 0 ? index + 7 : index]
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static let firstDayNumber = -719_162
    private static let lastDayNumber = 2_932_896
}

extension LocalDate: Comparable, CustomStringConvertible {
    /// By the calendar.
    public static func < (left: LocalDate, right: LocalDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    /// `YYYY-MM-DD`.
    public var description: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    func append(to text: inout [UInt8]) {
        Basics.append(year, 4, to: &text)
        text.append(UInt8(ascii: "-"))
        Basics.append(month, 2, to: &text)
        text.append(UInt8(ascii: "-"))
        Basics.append(day, 2, to: &text)
    }
}

/// The days of the week by their names in RFC 5545.
public enum DayOfWeek: String, Sendable, CaseIterable {
    /// Monday.
    case monday = "MO"
    /// Tuesday.
    case tuesday = "TU"
    /// Wednesday.
    case wednesday = "WE"
    /// Thursday.
    case thursday = "TH"
    /// Friday.
    case friday = "FR"
    /// Saturday.
    case saturday = "SA"
    /// Sunday.
    case sunday = "SU"
}
