import Advoware
import GoogleCalendar
import JSON

/// What a single GET, or the protocol around it, has shown about one entry.
enum Proof<Content: Sendable>: Sendable {
    case present(Observed<Content>)
    /// Google keeps a tombstone of it.
    case cancelled(Observed<Content>)
    case gone
    /// The series is there, and none of its occurrences is: nobody sees it.
    case empty
    /// The answers do not allow to say.
    case unproven(code: HubCode)

    /// As `record_proof` names it.
    var outcome: String {
        switch self {
        case .present: "present"
        case .cancelled, .empty: "cancelled"
        case .gone: "gone"
        case .unproven: "unproven"
        }
    }

    /// What the hub stores as its reading; nil: nothing was learned.
    func entry(_ id: String) -> JSONText? {
        switch self {
        case .present(let observed), .cancelled(let observed): observed.entry
        case .gone, .empty: Observer.gone(id)
        case .unproven: nil
        }
    }
}

/// Shows by single GETs whether an entry is there.
struct Proofs {
    let advoware: AdvowareClient
    let google: GoogleClient
    let observer: Observer
    let cache: ContentCache
    let quotaUser: String

    init(context: RunContext) {
        self.init(
            advoware: context.advoware, google: context.google, observer: context.observer, cache: context.cache,
            quotaUser: context.quotaUser)
    }

    init(advoware: AdvowareClient, google: GoogleClient, observer: Observer, cache: ContentCache, quotaUser: String) {
        self.advoware = advoware
        self.google = google
        self.observer = observer
        self.cache = cache
        self.quotaUser = quotaUser
    }

    /// An event: 404 and 410 mean gone. What a series says is told by its occurrences, too.
    ///
    /// - Parameter isOccurrence: whether the hub knows it as one of a series; if not, one that names a series stands alone.
    func event(_ calendar: String, _ id: String, isOccurrence: Bool) async throws -> Proof<Event> {
        guard let event = try await google.event(calendar: calendar, id: id, quotaUser: quotaUser) else { return .gone }
        guard let reading = try await read(event, id, calendar) else { throw RunFailure(code: .seriesKeepsChanging) }
        guard let now = reading.master else { return .gone }
        if let span = cache.listedSpan {
            let occurrences = SeriesOccurrences(google: google, calendar: calendar, quotaUser: quotaUser)
            if try await occurrences.isEmpty(reading, id, from: span.from) { return .empty }
        }
        let observed = remember(now, id, reading.exceptions, isOccurrence)
        return now.isCancelled ? .cancelled(observed) : .present(observed)
    }

    /// An event as Google answered a write of ours. What somebody has made of it since is not what was written, and stands in the next
    /// list of changes.
    ///
    /// - Parameter hasExceptions: of a series: whether it had occurrences of their own before.
    func observe(
        written event: Event, _ id: String, _ calendar: String, hasExceptions: Bool, isOccurrence: Bool
    ) async throws -> Observed<Event> {
        // What was read of it before is the past now, and of what was written thousands would be kept that nobody asks for.
        cache.forget(id)
        var exceptions: [Event] = []
        if hasExceptions, let reading = try await read(event, id, calendar), (try? reading.master?.appointment()) != nil {
            exceptions = reading.exceptions
        }
        return observer.observe(event, id, occurrences: exceptions, isAlone: event.isOccurrence && !isOccurrence)
    }

    private func read(_ event: Event, _ id: String, _ calendar: String) async throws -> SeriesReading? {
        guard event.isSeries, !event.isCancelled, let span = cache.listedSpan else {
            return SeriesReading(master: event)
        }
        return try await SeriesOccurrences(google: google, calendar: calendar, quotaUser: quotaUser).read(event, id, in: span)
    }

    private func remember(_ event: Event, _ id: String, _ occurrences: [Event], _ isOccurrence: Bool) -> Observed<Event> {
        let observed = observer.observe(event, id, occurrences: occurrences, isAlone: event.isOccurrence && !isOccurrence)
        cache.remember(observed, id)
        return observed
    }

    /// A Termin. An empty body proves nothing by itself: Advoware answers so when it is unwell, too. It counts only between good answers
    /// about a Termin that is known to be there (`control`).
    func termin(_ frNr: Int64, control: Int64?) async throws -> Proof<Termin> {
        switch try await advoware.termin(frNr: frNr) {
        case .present(let termin): return try present(termin, frNr)
        case .absent: return .gone
        case .emptyBody: break
        }
        guard let control, control != frNr else { return .unproven(code: .noControl) }
        guard case .present = try await advoware.termin(frNr: control) else { return .unproven(code: .controlFailed) }
        switch try await advoware.termin(frNr: frNr) {
        case .present(let termin): return try present(termin, frNr)
        case .absent, .emptyBody: return .gone
        }
    }

    private func present(_ termin: Termin, _ frNr: Int64) throws -> Proof<Termin> {
        let observed = try observer.observe(termin, frNr)
        cache.remember(termin.view, frNr)
        return .present(observed)
    }
}
