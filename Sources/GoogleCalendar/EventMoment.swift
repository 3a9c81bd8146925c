import Appointments
import JSON

/// The value of `start`, `end` or `originalStartTime`.
enum EventMoment {
    /// `date`: a whole day.
    case day(LocalDate)
    /// `dateTime`.
    case time(Instant)

    /// Nil if it is missing or unreadable. A time counts before a date; one without offset is read in its `timeZone`, or else in Berlin.
    init?(_ value: JSONView?) {
        if let text = value?["dateTime"]?.stringValue {
            if let instant = Instant(rfc3339: text) {
                self = .time(instant)
            } else if let moment = MomentText(text), moment.time != nil, moment.offset == nil,
                let zone = Zone(ofEvent: value?["timeZone"]?.stringValue)
            {
                self = .time(zone.instants(of: moment.wallTime).last)
            } else {
                return nil
            }
        } else if let date = value?["date"]?.stringValue.flatMap(LocalDate.init(iso:)) {
            self = .day(date)
        } else {
            return nil
        }
    }
}

extension Zone {
    /// The time zone of an event: without a name Berlin's; nil if no zone of that name is known.
    init?(ofEvent name: String?) {
        if let name, name != Berlin.zoneName {
            self.init(name)
        } else {
            self = Berlin.zone
        }
    }
}
