/// Why an event is not an appointment of its own, or none that Advoware can represent.
public enum EventProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// It is deleted.
    case cancelled
    /// Start or end cannot be read.
    case badTimes
    /// Its type is not `default`.
    case unsupportedEventType
    /// Its id has more than 255 characters, the width of the hub's column.
    case idTooLong
    /// It is a series that Advoware cannot represent; its occurrences can be carried one by one.
    case seriesNotRepresentable(SeriesObstacle)

    /// The codes that the hub records.
    public enum Code: String, Sendable, CaseIterable {
        /// It is deleted.
        case cancelled = "event_cancelled"
        /// Start or end cannot be read.
        case badTimes = "event_with_bad_times"
        /// Its type is not `default`.
        case unsupportedEventType = "event_type_not_copied"
        /// Its id is longer than the hub's column.
        case idTooLong = "event_id_too_long"
        /// It is a series that Advoware cannot represent.
        case seriesNotRepresentable = "series_not_representable"
    }

    /// The code that the hub records.
    public var code: String {
        let code: Code =
            switch self {
            case .cancelled: .cancelled
            case .badTimes: .badTimes
            case .unsupportedEventType: .unsupportedEventType
            case .idTooLong: .idTooLong
            case .seriesNotRepresentable: .seriesNotRepresentable
            }
        return code.rawValue
    }

    /// The codes, without content.
    public var description: String {
        if case .seriesNotRepresentable(let obstacle) = self { "\(code) (\(obstacle.rawValue))" } else { code }
    }
}

/// What Advoware cannot represent of a series.
public enum SeriesObstacle: String, Error, Sendable, Hashable, CaseIterable {
    /// Weekdays other than the start's alone.
    case weekdays
    /// `BYSETPOS`.
    case setPosition = "set_position"
    /// A day of the month other than the start's.
    case monthDay = "month_day"
    /// A monthly series on a day that not every month has.
    case dayNotInEveryMonth = "day_not_in_every_month"
    /// A yearly series on 29 February.
    case leapDay = "leap_day"
    /// `EXDATE`, `RDATE` or `EXRULE`.
    case exceptions
    /// More than one `RRULE`.
    case severalRules = "several_rules"
    /// An occurrence of more than one day.
    case occurrenceTooLong = "occurrence_too_long"
    /// An occurrence that ends on the day after its start.
    case crossesMidnight = "crosses_midnight"
    /// A time zone in which the occurrences are not at the same time of day in Berlin, or that is unknown.
    case timeZone = "time_zone"
    /// A part of the rule for which Advoware has no field, such as `FREQ=HOURLY` or `BYHOUR`.
    case unsupportedPart = "unsupported_part"
    /// A first day before the years that Advoware has, such as that of a birthday imported as 1604.
    case beginsEarly = "begins_early"
    /// A rule that cannot be read.
    case malformed
}
