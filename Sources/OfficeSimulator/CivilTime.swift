/// A calendar day, counted in days since 1970-01-01.
struct CivilDay: Sendable, Hashable, Comparable {
    var number: Int

    init(number: Int) { self.number = number }

    /// Nil if there is no such day. Years 1…9999.
    init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1, day <= CivilDay.length(ofMonth: month, year: year) else {
            return nil
        }
        number = CivilDay.number(year: year, month: month, day: day)
    }

    /// Reads `YYYY-MM-DD`.
    init?(iso text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 4, parts[1].count == 2, parts[2].count == 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// Reads `YYYYMMDD`, as in RRULE lines.
    init?(compact text: some StringProtocol) {
        guard text.utf8.count == 8, text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let value = Int(text) else { return nil }
        self.init(year: value / 10_000, month: value / 100 % 100, day: value % 100)
    }

    static func < (left: CivilDay, right: CivilDay) -> Bool { left.number < right.number }

    func adding(_ days: Int) -> CivilDay { CivilDay(number: number + days) }

    /// 0 = Monday … 6 = Sunday.
    var weekday: Int { (number + 3).floorModulo(7) }

    /// Howard Hinnant's civil-from-days.
    var parts: (year: Int, month: Int, day: Int) {
        let shifted = number + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    var iso: String {
        let parts = parts
        return digits(parts.year, 4) + "-" + digits(parts.month, 2) + "-" + digits(parts.day, 2)
    }

    var compact: String { iso.filter { $0 != "-" } }

    static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func number(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.floorDivided(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

/// What a clock on a wall shows: a day and the second of it, without a zone.
struct CivilTime: Sendable, Hashable, Comparable {
    var day: CivilDay
    var second: Int

    init(day: CivilDay, second: Int) {
        self.day = day
        self.second = second
    }

    init(secondsSince1970 seconds: Int) {
        day = CivilDay(number: seconds.floorDivided(by: 86_400))
        second = seconds.floorModulo(86_400)
    }

    var secondsSince1970: Int { day.number * 86_400 + second }

    static func < (left: CivilTime, right: CivilTime) -> Bool { left.secondsSince1970 < right.secondsSince1970 }

    /// `YYYY-MM-DDTHH:MM:SS`.
    var iso: String { day.iso + "T" + CivilTime.clock(second) }

    /// `YYYYMMDDTHHMMSS`.
    var compact: String { day.compact + "T" + CivilTime.clock(second).filter { $0 != ":" } }

    /// `HH:MM:SS` of a second of the day.
    static func clock(_ second: Int) -> String {
        digits(second / 3600, 2) + ":" + digits(second / 60 % 60, 2) + ":" + digits(second % 60, 2)
    }

    /// Reads `HH:MM` or `HH:MM:SS`; nil for anything else.
    static func secondOfDay(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), let second = parts.count == 3 ? Int(parts[2]) : 0,
            hour < 24, minute < 60, second < 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    /// Reads `YYYYMMDDTHHMMSS` without a zone letter.
    init?(compact text: some StringProtocol) {
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        guard parts.count == 2, let day = CivilDay(compact: parts[0]), parts[1].utf8.count == 6,
            parts[1].utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let value = Int(parts[1]),
            value / 10_000 < 24, value / 100 % 100 < 60, value % 100 < 60
        else { return nil }
        self.init(day: day, second: value / 10_000 * 3600 + value / 100 % 100 * 60 + value % 100)
    }
}

extension BinaryInteger {
    func floorDivided(by divisor: Self) -> Self {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder != 0 && (remainder < 0) != (divisor < 0) ? quotient - 1 : quotient
    }

    func floorModulo(_ divisor: Self) -> Self { self - floorDivided(by: divisor) * divisor }
}
