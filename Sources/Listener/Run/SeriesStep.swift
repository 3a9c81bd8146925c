import Appointments
import GoogleCalendar
import JSON
import ServiceLifecycle

/// Judges the series of a Google reading: one with an occurrence that says anything else than its rule is present and unusable, because
/// Advoware could not hold it. So is each exception by itself.
struct SeriesStep {
    let context: RunContext
    let calendar: String
    /// Occurrences outside this span are of no interest.
    let from, to: Instant

    private static let notRepresentable = "series_not_representable"

    /// The entries of a whole listing: every exception is in it.
    func wholeListing(_ events: [Event]) async throws -> [JSONValue] {
        let exceptions = Dictionary(grouping: events.filter(\.isOccurrence)) { $0.recurringEventId ?? "" }
        return events.compactMap { event in
            guard let id = event.id else { return nil }
            return entry(event, id) { series in exceptions[id]?.contains { $0.deviates(from: series) } ?? false }
        }
    }

    /// The entries of an incremental listing: a master may come without its exceptions and an exception without its master, so each series
    /// that was touched is asked for its occurrences. Counts those without a usable id, too.
    func changes(_ events: [Event]) async throws -> (entries: [JSONValue], unidentifiable: Int) {
        var entries: [JSONValue] = []
        var unidentifiable = 0
        var masters = Set(events.compactMap(\.recurringEventId))
        for event in events {
            guard let id = event.id else { continue }
            let hasException = masters.remove(id) != nil
            var deviates = hasException
            if event.isSeries, !event.isCancelled { deviates = try await hasDeviatingOccurrence(event, id, &unidentifiable) }
            entries.append(entry(event, id) { [deviates] _ in deviates })
        }
        for id in masters.sorted() {
            guard let master = try await context.google.event(calendar: calendar, id: id, quotaUser: context.quotaUser) else {
                entries.append(Observer.gone(id))
                continue
            }
            let deviates = master.isCancelled ? false : try await hasDeviatingOccurrence(master, id, &unidentifiable)
            entries.append(entry(master, id) { _ in deviates })
        }
        return (entries, unidentifiable)
    }

    private func entry(_ event: Event, _ id: String, _ deviates: (Appointment) -> Bool) -> JSONValue {
        var observed = context.observer.observe(event, id)
        if event.isOccurrence {
            observed = observed.unusable("series_exception")
        } else if let series = observed.appointment, deviates(series) {
            observed = observed.unusable(Self.notRepresentable)
        }
        context.cache.remember(observed, id)
        return observed.entry
    }

    /// A rule that Advoware cannot hold is unusable as it is; nobody needs to be asked.
    private func hasDeviatingOccurrence(_ master: Event, _ id: String, _ unidentifiable: inout Int) async throws -> Bool {
        guard let series = context.observer.observe(master, id).appointment else { return false }
        let occurrences = try await cancelWhenGracefulShutdown { [context, calendar, from, to] in
            try await context.google.instances(calendar: calendar, id: id, timeMin: from, timeMax: to, quotaUser: context.quotaUser)
        }
        // They judge nothing: the reading keeps its token, and the series is looked at again.
        unidentifiable += occurrences.unidentifiable
        return occurrences.events.contains { $0.deviates(from: series) }
    }
}
