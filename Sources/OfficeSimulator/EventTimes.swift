import Foundation
import JSON

typealias Fields = [String: JSONValue]

/// `start` and `end` of an event, understood. Stored `dateTime`s are UTC; the zone is kept beside them.
struct EventTimes: Sendable, Hashable {
    var isAllDay: Bool
    var start: Moment
    var end: Moment
    /// The first day; of a timed event, in its own zone.
    var startWall: CivilTime
    var endWall: CivilTime
    var zone: TimeZone

    /// Nil if either is missing or unreadable. All-day events are taken in `calendarZone`.
    init?(_ fields: Fields, calendarZone: TimeZone) {
        guard let start = fields["start"]?.objectValue, let end = fields["end"]?.objectValue else { return nil }
        if let from = start["date"]?.stringValue.flatMap(CivilDay.init(iso:)),
            let to = end["date"]?.stringValue.flatMap(CivilDay.init(iso:))
        {
            self.init(isAllDay: true, start: CivilTime(day: from, second: 0), end: CivilTime(day: to, second: 0), zone: calendarZone)
        } else if let from = start["dateTime"]?.stringValue.flatMap(Moment.init(rfc3339:)),
            let to = end["dateTime"]?.stringValue.flatMap(Moment.init(rfc3339:))
        {
            let zone = start["timeZone"]?.stringValue.flatMap(TimeZone.init(identifier:)) ?? calendarZone
            self.init(isAllDay: false, start: from.wall(in: zone), end: to.wall(in: zone), zone: zone)
            // A wall time that comes twice does not say which of the two is meant; the instants do.
            self.start = from
            self.end = to
        } else {
            return nil
        }
    }

    init(isAllDay: Bool, start: CivilTime, end: CivilTime, zone: TimeZone) {
        self.isAllDay = isAllDay
        self.start = zone.moment(of: start)
        self.end = zone.moment(of: end)
        startWall = start
        endWall = end
        self.zone = zone
    }

    /// The same times on another day: the wall clock stays, as in every calendar.
    func moved(to day: CivilDay, calendarZone: TimeZone) -> EventTimes {
        let length = endWall.secondsSince1970 - startWall.secondsSince1970
        let wall = CivilTime(day: day, second: startWall.second)
        var moved = EventTimes(
            isAllDay: isAllDay, start: wall, end: CivilTime(secondsSince1970: wall.secondsSince1970 + length), zone: zone)
        if !isAllDay, end.microseconds - start.microseconds != moved.end.microseconds - moved.start.microseconds {
            // Across a clock change Google keeps the duration, not the end's wall time.
            moved.end = Moment(microseconds: moved.start.microseconds + end.microseconds - start.microseconds)
        }
        return moved
    }

    /// What an occurrence's id ends with: `20260105` or `20260105T080000Z`.
    var occurrenceKey: String { isAllDay ? startWall.day.compact : start.wall(offset: 0).compact + "Z" }

    /// `start`, `end` (or `originalStartTime`) as stored.
    var startField: JSONValue { field(start, startWall.day) }
    var endField: JSONValue { field(end, endWall.day) }

    private func field(_ moment: Moment, _ day: CivilDay) -> JSONValue {
        if isAllDay { return .object(["date": .string(day.iso)]) }
        return .object(["dateTime": .string(moment.wall(offset: 0).iso + "Z"), "timeZone": .string(zone.identifier)])
    }
}

/// The occurrences of a recurring event by its own rule, before exceptions.
struct Series: Sendable {
    var times: EventTimes
    var rule: RecurrenceRule?
    var added: [EventTimes] = []
    var excluded: Set<String> = []
    var calendarZone: TimeZone

    /// Nil if a line is not understood, or UNTIL is of the other kind than the start.
    init?(lines: [String], times: EventTimes, calendarZone: TimeZone) {
        self.times = times
        self.calendarZone = calendarZone
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let head = line[..<colon].split(separator: ";").map { $0.uppercased() }
            let value = line[line.index(after: colon)...]
            switch head.first {
            case "RRULE":
                guard rule == nil, let parsed = RecurrenceRule(value) else { return nil }
                switch parsed.until {
                case .day where !times.isAllDay, .moment where times.isAllDay: return nil
                default: rule = parsed
                }
            case "EXDATE", "RDATE":
                let zone = line[..<colon].split(separator: ";").first { $0.uppercased().hasPrefix("TZID=") }
                    .flatMap { TimeZone(identifier: String($0.dropFirst(5))) }
                for text in value.split(separator: ",") {
                    guard let moved = Self.times(text, like: times, zone: zone, calendarZone: calendarZone) else { return nil }
                    if head.first == "EXDATE" { excluded.insert(moved.occurrenceKey) } else { added.append(moved) }
                }
            default: return nil
            }
        }
    }

    private static func times(_ text: Substring, like times: EventTimes, zone: TimeZone?, calendarZone: TimeZone) -> EventTimes? {
        if let day = CivilDay(compact: text) { return times.moved(to: day, calendarZone: calendarZone) }
        guard !times.isAllDay else { return nil }
        let isUTC = text.hasSuffix("Z")
        guard let wall = CivilTime(compact: isUTC ? text.dropLast() : text) else { return nil }
        var moved = times
        moved.start = isUTC ? Moment(seconds: wall.secondsSince1970) : (zone ?? times.zone).moment(of: wall)
        moved.end = Moment(microseconds: moved.start.microseconds + times.end.microseconds - times.start.microseconds)
        moved.startWall = moved.start.wall(in: times.zone)
        moved.endWall = moved.end.wall(in: times.zone)
        return moved
    }

    /// In order of time, those that end after `from` and begin before `horizon`, at most `limit` of them by the rule.
    func occurrences(from: Moment, before horizon: Moment, limit: Int) -> [EventTimes] {
        var found: [EventTimes] = []
        let take = { (day: CivilDay) -> Bool in
            let place = day == times.startWall.day ? times : times.moved(to: day, calendarZone: calendarZone)
            if place.start >= horizon || found.count >= limit || !isBeforeEnd(place, day) { return false }
            if place.end > from { found.append(place) }
            return true
        }
        if let rule { _ = rule.days(from: times.startWall.day, while: take) } else { _ = take(times.startWall.day) }
        found += added.filter { $0.start < horizon && $0.end > from }
        var seen = excluded
        return found.filter { seen.insert($0.occurrenceKey).inserted }.sorted { $0.start < $1.start }
    }

    private func isBeforeEnd(_ place: EventTimes, _ day: CivilDay) -> Bool {
        switch rule?.until {
        case .day(let last): day <= last
        case .moment(let last): place.start <= last
        case nil: true
        }
    }
}
