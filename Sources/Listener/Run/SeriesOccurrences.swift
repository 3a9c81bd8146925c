import Appointments
import GoogleCalendar

/// A series and its occurrences, as they were together.
struct SeriesReading {
    /// nil: it is gone.
    let master: Event?
    let occurrences: EventList
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
            guard let series = try? master.appointment(), list.events.contains(where: { $0.deviates(from: series) }) else {
                return SeriesReading(master: master, occurrences: list)
            }
            let now = try await google.event(calendar: calendar, id: id, quotaUser: quotaUser)
            if let now, now.etag == master.etag { return SeriesReading(master: master, occurrences: list) }
            guard let now, now.isSeries, !now.isCancelled else {
                return SeriesReading(master: now, occurrences: EventList(events: []))
            }
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
        // Google ends a long list where it likes: behind it one regular occurrence says that the rest is as well.
        let last = events.filter { !$0.deviates(from: series) }.compactMap { $0.originalStart?.date }.max()
        for day in days where !shown.contains(day) {
            let occurrence = try await self.occurrence(of: master, series, on: day)
            events.append(occurrence)
            if last.map({ day > $0 }) ?? true, !occurrence.deviates(from: series) { break }
        }
        return EventList(events: events, unidentifiable: list.unidentifiable)
    }

    /// What Google does not have any more is a cancelled one.
    private func occurrence(of master: Event, _ series: Appointment, on day: LocalDate) async throws -> Event {
        for regular in master.regularOccurrences(of: series, on: day) {
            guard let id = regular.id, let event = try await google.event(calendar: calendar, id: id, quotaUser: quotaUser) else {
                continue
            }
            return event
        }
        return master.cancelledOccurrence(of: series, on: day)
    }
}
