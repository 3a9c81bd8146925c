import Appointments
import Foundation
import JSON

/// The value of `start`, `end` or `originalStartTime`.
enum EventMoment {
    /// `date`: a whole day.
    case day(LocalDate)
    /// `dateTime`.
    case time(Instant)

    /// Nil if it is missing or unreadable. A time counts before a date; one without offset is read in its `timeZone`, or else in Berlin.
    init?(_ value: JSONValue?) {
        if let text = value?["dateTime"]?.stringValue {
            if let instant = Instant(rfc3339: text) {
                self = .time(instant)
            } else if let moment = MomentText(text), moment.time != nil, moment.offset == nil,
                let zone = EventZone(value?["timeZone"]?.stringValue)
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

/// The time zone of an event: Berlin's by the rule written out in ``Berlin``, any other by Foundation's database.
struct EventZone {
    private let zone: TimeZone?

    /// Berlin's.
    static let berlin = EventZone(zone: nil)

    /// Whether it is Berlin's by name.
    var isBerlin: Bool { zone == nil }

    private init(zone: TimeZone?) { self.zone = zone }

    /// Without a name Berlin's; nil if no zone of that name is known.
    init?(_ name: String?) {
        guard let name, name != Berlin.zoneName else {
            self = .berlin
            return
        }
        guard let zone = TimeZone(identifier: name) else { return nil }
        self.zone = zone
    }

    /// Seconds ahead of UTC.
    func offset(at instant: Instant) -> Int {
        zone?.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant.seconds))) ?? Berlin.offset(at: instant)
    }

    /// What a clock there shows.
    func wallTime(of instant: Instant) -> WallTime {
        instant.wallTime(offset: offset(at: instant))
    }

    /// When a clock there shows this: first and last, which differ in an hour that comes twice. For an hour that is left out both are what
    /// ``Berlin/instant(of:microsecond:)`` takes, the smaller offset.
    func instants(of wall: WallTime) -> (first: Instant, last: Instant) {
        let asUTC = Instant(utc: wall)
        let around = [offset(at: asUTC.adding(seconds: -86_400)), offset(at: asUTC.adding(seconds: 86_400))].sorted()
        let fitting = around.filter { offset(at: asUTC.adding(seconds: -$0)) == $0 }
        return (asUTC.adding(seconds: -(fitting.last ?? around[0])), asUTC.adding(seconds: -(fitting.first ?? around[0])))
    }
}
