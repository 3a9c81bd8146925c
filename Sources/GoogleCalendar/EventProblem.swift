/// Why an event is no appointment of its own, or none that Advoware can hold.
public enum EventProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// It is deleted.
    case cancelled
    /// Start or end cannot be read.
    case badTimes
    /// Its type is not `default`.
    case unsupportedEventType
    /// Its id has more than 255 characters, the width of the hub's column.
    case idTooLong
    /// It is a series that Advoware cannot hold; its occurrences can be carried one by one.
    case seriesNotRepresentable(SeriesObstacle)

    /// The code that the hub records.
    public var code: String {
        switch self {
        case .cancelled: "event_cancelled"
        case .badTimes: "event_with_bad_times"
        case .unsupportedEventType: "event_type_not_copied"
        case .idTooLong: "event_id_too_long"
        case .seriesNotRepresentable: "series_not_representable"
        }
    }

    /// The codes, without content.
    public var description: String {
        if case .seriesNotRepresentable(let obstacle) = self { "\(code) (\(obstacle.rawValue))" } else { code }
    }
}

/// What Advoware cannot hold of a series.
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
    /// A rule that cannot be read.
    case malformed
}
