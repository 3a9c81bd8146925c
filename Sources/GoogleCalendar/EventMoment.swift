import Appointments
import Foundation
import JSON

/// The value of `start`, `end` or `originalStartTime`.
enum EventMoment {
    /// `date`: a whole day.
    case day(LocalDate)
    /// `dateTime`, as the clock in Berlin shows it.
    case time(WallTime)

    /// Nil if it is missing or unreadable. A time counts before a date; one without offset is read in its `timeZone`, or else in Berlin.
    init?(_ value: JSONValue?) {
        if let text = value?["dateTime"]?.stringValue {
            if let instant = Instant(rfc3339: text) {
                self = .time(Berlin.wallTime(of: instant))
            } else if let moment = MomentText(text), moment.time != nil, moment.offset == nil {
                guard let name = value?["timeZone"]?.stringValue, name != Berlin.zoneName else {
                    self = .time(moment.wallTime)
                    return
                }
                guard let zone = ForeignZone(name) else { return nil }
                self = .time(Berlin.wallTime(of: zone.instant(of: moment.wallTime)))
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

/// A time zone other than Berlin's, by Foundation's database.
struct ForeignZone {
    private let zone: TimeZone

    /// Nil if no such zone is known.
    init?(_ name: String) {
        guard let zone = TimeZone(identifier: name) else { return nil }
        self.zone = zone
    }

    /// Seconds ahead of UTC.
    func offset(at instant: Instant) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant.seconds)))
    }

    /// What a clock there shows.
    func wallTime(of instant: Instant) -> WallTime {
        instant.wallTime(offset: offset(at: instant))
    }

    /// What a clock there means, by the same rule as ``Berlin/instant(of:microsecond:)``: the smaller offset where two or none fit.
    func instant(of wall: WallTime) -> Instant {
        let asUTC = Instant(utc: wall)
        let around = [offset(at: asUTC.adding(seconds: -86_400)), offset(at: asUTC.adding(seconds: 86_400))].sorted()
        let fitting = around.first { offset(at: asUTC.adding(seconds: -$0)) == $0 }
        return asUTC.adding(seconds: -(fitting ?? around[0]))
    }
}
