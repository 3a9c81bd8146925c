import Appointments
import GoogleCalendar
import JSON
import ServiceLifecycle

/// Turns a listing of events into entries. Series come as masters and exceptions; what their occurrences say is asked for.
struct SeriesStep {
    let context: RunContext
    let calendar: String
    let order: ReadingOrder
    /// Whether the listing has all events, not only what has changed.
    let isWhole: Bool

    struct Result {
        var entries = JSONText.array()
        /// Masters whose occurrences are all among the entries.
        var listed = JSONText.array()
        var unidentifiable = 0
    }

    /// A listing need not have every exception: one of changes may have a master without them and them without their master, a whole one
    /// has those that lie in its window now.
    func entries(of events: [Event]) async throws -> Result {
        var result = Result()
        var exceptions: [String: [Event]] = [:]
        var series: [(id: String, master: Event)] = []
        var listed: Set<String> = []
        let echoes = try await echoes(in: events)
        for event in events {
            guard let id = event.id else { continue }
            if event.isOccurrence {
                for part in parts(of: event, among: events) { exceptions[part, default: []].append(event) }
            } else {
                listed.insert(id)
                if event.isSeries, !event.isCancelled {
                    series.append((id, event))
                } else if !echoes.contains(id) {
                    add(observer.observe(event, id), id, to: &result)
                }
            }
        }
        // What stands beside a series that is none any more is an appointment of its own: somebody may be invited to one occurrence alone.
        let masters = Set(series.map(\.id))
        for (id, alone) in exceptions where listed.contains(id) && !masters.contains(id) { addLone(alone, to: &result) }
        // Of a series all that is listed has to be known.
        let changed = Set(series.map(\.id)).subtracting(echoes).union(order.due)
        exceptions = exceptions.filter { master, own in changed.contains(master) || !own.allSatisfy { echoes.contains($0.id ?? "") } }
        series.removeAll { !changed.contains($0.id) && exceptions[$0.id] == nil }
        for id in Set(exceptions.keys).union(order.due).subtracting(listed).sorted() {
            let master = try await google { try await $0.event(calendar: calendar, id: id, quotaUser: $1) }
            if let master, master.isSeries, !master.isCancelled {
                series.append((id, master))
            } else {
                result.entries.append(master.map { observer.observe($0, id).entry } ?? Observer.gone(id))
                addLone(exceptions[id] ?? [], to: &result)
            }
        }
        for (id, master) in series {
            try await judge(master, id, exceptions[id] ?? [], into: &result)
        }
        return result
    }

    /// What the hub knows from the answers to our own writes: nobody has touched it since, and of a series nothing more is asked.
    private func echoes(in events: [Event]) async throws -> Set<String> {
        let alive = isWhole ? [] : events.filter { !$0.isCancelled }
        // A few single ones are told sooner than asked about.
        guard alive.count > Self.few || alive.contains(where: { $0.isSeries || $0.isOccurrence }) else { return [] }
        var asked = JSONText.array()
        for event in alive {
            guard let id = event.id, let etag = event.etag else { continue }
            var entry = JSONText.object()
            entry.add("id", id)
            entry.add("etag", etag)
            entry.add("fingerprint", observer.observe(event, id).fingerprints?.full)
            asked.append(entry)
        }
        return try await context.hub.knownEvents(asked)
    }

    /// The masters whose occurrence it may be: of a series that was split, a tombstone with nothing but its id does not say of which part.
    private func parts(of occurrence: Event, among events: [Event]) -> Set<String> {
        guard let series = occurrence.recurringEventId else { return [] }
        guard !occurrence.namesItsSeries else { return [series] }
        let listed = events.lazy.filter { $0.isSeries && !$0.isCancelled }.compactMap(\.id)
        return Set((listed + order.parts).filter { SeriesID.family(of: $0) == series } + [series])
    }

    private static let few = 20

    private var observer: Observer { context.observer }

    private func judge(_ master: Event, _ id: String, _ exceptions: [Event], into result: inout Result) async throws {
        let isCarried = order.isCarried(id)
        // Its rule tells how far ahead its shape is to be looked at.
        let isReadable = (try? master.appointment()) != nil
        let to = Instant(microseconds: isReadable ? max(order.windowTo, order.expandTo) : order.expandTo)
        let span = ListedSpan(from: Instant(microseconds: order.occurrencesFrom), to: to)
        let reading: SeriesReading? = try await google {
            let occurrences = SeriesOccurrences(google: $0, calendar: calendar, quotaUser: $1)
            guard isCarried || !isReadable else { return try await occurrences.read(master, id, in: span, known: exceptions) }
            let list = try await occurrences.whole(id, in: span, until: Instant(microseconds: order.expandTo))
            let ids = Set(list.events.compactMap(\.id))
            let further = exceptions.filter { !ids.contains($0.id ?? "") }
            return SeriesReading(master: master, occurrences: list, exceptions: list.events + further)
        }
        // It is there, and cannot be judged; the reading keeps no new token, so that it is looked at again.
        guard let reading else {
            result.entries.append(observer.unusable(master, id, .seriesKeepsChanging))
            return result.unidentifiable += 1
        }
        guard let master = reading.master else { return result.entries.append(Observer.gone(id)) }
        let answer = reading.occurrences
        // They judge nothing: the reading keeps its token, and the series is looked at again.
        result.unidentifiable += answer.unidentifiable
        let isEmpty = try await google {
            try await SeriesOccurrences(google: $0, calendar: calendar, quotaUser: $1).isEmpty(reading, id, from: span.from)
        }
        if isEmpty { return result.entries.append(Observer.gone(id)) }
        let observed = observer.observe(master, id, occurrences: reading.exceptions)
        add(observed, id, to: &result)
        guard master.isSeries, !master.isCancelled else { return }
        guard isCarried || observed.appointment == nil, answer.unidentifiable == 0 else { return }
        for occurrence in answer.events {
            guard let occurrenceID = occurrence.id else { continue }
            let one = observer.observe(occurrence, occurrenceID, of: id)
            if let start = one.appointment?.startInstant, start.microseconds >= order.expandTo { continue }
            add(one, occurrenceID, to: &result)
        }
        var whole = JSONText.object()
        whole.add("id", id)
        whole.add("until", Instant(microseconds: order.expandTo).description)
        result.listed.append(whole)
    }

    private func addLone(_ occurrences: [Event], to result: inout Result) {
        for event in occurrences {
            guard let id = event.id else { continue }
            add(observer.observe(event, id, isAlone: true), id, to: &result)
        }
    }

    private func add(_ observed: Observed<Event>, _ id: String, to result: inout Result) {
        context.cache.remember(observed, id)
        result.entries.append(observed.entry)
    }

    private func google<Answer: Sendable>(_ call: @Sendable @escaping (GoogleClient, String) async throws -> Answer) async throws -> Answer
    {
        try await cancelWhenGracefulShutdown { [context] in try await call(context.google, context.quotaUser) }
    }
}
