import Appointments
import GoogleCalendar

/// A series and its occurrences, as they were together.
struct SeriesReading {
    /// nil: it is gone.
    let master: Event?
    let occurrences: EventList
    /// Those of them that say anything else than the master; all of them where the master's rule cannot be read.
    let exceptions: [Event]

    init(master: Event?, occurrences: EventList, exceptions: [Event]) {
        (self.master, self.occurrences, self.exceptions) = (master, occurrences, exceptions)
    }

    /// Without occurrences.
    init(master: Event?) { self.init(master: master, occurrences: EventList(events: []), exceptions: []) }
}

/// The occurrences of one series, wherever their users moved them.
///
/// `events.instances` goes by the time that an occurrence has now: one moved out of the span is not among its answers. So whatever the rule
/// puts inside the span and nobody shows is asked for by its own id.
struct SeriesOccurrences {
    let google: GoogleClient
    let calendar: String
    let quotaUser: String

    /// Somebody would have to change the series between two requests so often in a row.
    private static let tries = 5

    /// Google ends the list of an endless series after some 730 entries.
    private static let longList = 700

    /// Master and occurrences are two requests. When a user moves the whole series between them, every occurrence looks like one that was
    /// moved by itself: the series would be carried by occurrence for good. So occurrences that say anything else than the master count
    /// only if the master is still the same after them.
    ///
    /// - Parameters:
    ///   - known: exceptions that a listing has shown already.
    /// - Returns: the master as it is now, no longer a series perhaps; nil if it was another each time.
    func read(_ master: Event, _ id: String, in span: ListedSpan, known: [Event] = []) async throws -> SeriesReading? {
        var (master, known) = (master, known)
        for _ in 0..<Self.tries {
            let list = try await list(master, id, in: span, known: known)
            let series = try? master.appointment()
            let exceptions = series.map { series in list.events.filter { $0.deviates(from: series) } } ?? list.events
            let reading = SeriesReading(master: master, occurrences: list, exceptions: exceptions)
            if series == nil || exceptions.isEmpty { return reading }
            let now = try await google.event(calendar: calendar, id: id, quotaUser: quotaUser)
            if let now, now.etag == master.etag { return reading }
            guard let now, now.isSeries, !now.isCancelled else { return SeriesReading(master: now) }
            (master, known) = (now, [])
        }
        return nil
    }

    private func list(_ master: Event, _ id: String, in span: ListedSpan, known: [Event]) async throws -> EventList {
        let list = try await google.instances(calendar: calendar, id: id, timeMin: span.from, timeMax: span.to, quotaUser: quotaUser)
        guard let series = try? master.appointment(), series.recurrence != nil else { return list }
        let days = series.occurrenceDays(from: span.from, to: span.to)
        var events = list.events
        let ids = Set(events.compactMap(\.id))
        events += known.filter { event in
            guard let one = event.id, let day = event.originalStart?.date else { return false }
            return !ids.contains(one) && days.contains(day)
        }
        let shown = Set(events.compactMap { $0.originalStart?.date })
        let missing = days.filter { !shown.contains($0) }
        guard !missing.isEmpty else { return EventList(events: events, unidentifiable: list.unidentifiable) }
        // Google ends a long list where it likes: behind it one regular occurrence says that the rest is as well, and none is cancelled for
        // not being shown.
        let last = events.filter { !$0.deviates(from: series) }.compactMap { $0.originalStart?.date }.max()
        let end = list.events.count >= Self.longList ? shown.max() : nil
        for day in missing {
            let found = try await self.occurrence(of: master, series, on: day)
            if found == nil, let end, day > end { break }
            let occurrence = found ?? master.cancelledOccurrence(of: series, on: day)
            events.append(occurrence)
            if last.map({ day > $0 }) ?? true, !occurrence.deviates(from: series) { break }
        }
        return EventList(events: events, unidentifiable: list.unidentifiable)
    }

    /// nil: Google does not have it.
    private func occurrence(of master: Event, _ series: Appointment, on day: LocalDate) async throws -> Event? {
        for regular in master.regularOccurrences(of: series, on: day) {
            guard let id = regular.id, let event = try await google.event(calendar: calendar, id: id, quotaUser: quotaUser) else {
                continue
            }
            return event
        }
        return nil
    }

    /// All occurrences that begin before a time, also those behind the end of a long list; further ahead in the span those that are listed.
    func whole(_ id: String, in span: ListedSpan, until end: Instant) async throws -> EventList {
        var (events, unidentifiable) = ([String: Event](), 0)
        var from = span.from
        while true {
            let list = try await google.instances(calendar: calendar, id: id, timeMin: from, timeMax: span.to, quotaUser: quotaUser)
            unidentifiable += list.unidentifiable
            let known = events.count
            for event in list.events {
                if let one = event.id { events[one] = event }
            }
            guard list.events.count >= Self.longList, events.count > known,
                let last = list.events.compactMap({ (try? $0.appointment())?.startInstant }).max(), last > from, last < end
            else { break }
            from = last
        }
        return EventList(events: events.sorted { $0.key < $1.key }.map(\.value), unidentifiable: unidentifiable)
    }

    /// Whether no occurrence of a series is left: its own were deleted one by one, and none is further ahead. The series is there for
    /// whoever asks for it by its id, and nobody sees it.
    ///
    /// - Parameter from: what ended before then does not count; a series that has run out is not deleted.
    func isEmpty(_ reading: SeriesReading, _ id: String, from: Instant) async throws -> Bool {
        guard let master = reading.master, master.isSeries, !master.isCancelled else { return false }
        let shown = reading.occurrences.events + reading.exceptions
        guard reading.occurrences.unidentifiable == 0, shown.allSatisfy(\.isCancelled),
            let last = shown.compactMap({ $0.originalStart?.date }).max(), last >= Berlin.wallTime(of: from).date
        else { return false }
        let all = try await google.instances(calendar: calendar, id: id, timeMin: from, quotaUser: quotaUser)
        return all.unidentifiable == 0 && all.events.allSatisfy(\.isCancelled)
    }
}
