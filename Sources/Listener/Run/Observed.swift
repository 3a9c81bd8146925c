import Advoware
import Appointments
import GoogleCalendar
import JSON
import Synchronization

/// Something that was read: its content stays in this process's memory, the entry goes to the hub.
struct Observed<Content: Sendable>: Sendable {
    let content: Content
    /// nil: it could not be understood.
    let appointment: Appointment?
    let fingerprints: Fingerprints?
    /// What the hub learns: ids, times, fingerprints, never content.
    let entry: JSONText
}

/// Turns what the clients read into entries for the hub.
struct Observer: Sendable {
    let key: FingerprintKey
    let employee: String

    /// A Termin with a number. What is not said of it is not so: of thousands each word counts.
    ///
    /// - Parameter digest: of a Termin in a list: how the list shows it.
    func observe(_ termin: Termin, _ frNr: Int64, digest: Int64? = nil) throws -> Observed<Termin> {
        var entry = JSONText.object(capacity: Self.usualLength)
        entry.add("id", String(frNr))
        if let digest { entry.add("digest", digest) }
        entry.add("ts", termin.zuletztGeaendertAm?.description)
        entry.add("ownership", termin.ownership(of: employee).rawValue)
        do throws(TerminProblem) {
            let appointment = try termin.appointment()
            let own = try? fingerprints(of: appointment, key: key)
            add(appointment, own, to: &entry)
            if appointment.recurrence != nil { entry.add("is_series", true) }
            if appointment.isPrivate { entry.add("is_private", true) }
            entry.add("anonymous_fingerprint", own?.anonymous)
            return Observed(content: termin, appointment: appointment, fingerprints: own, entry: entry)
        } catch {
            entry.add("unusable", error.code)
            return Observed(content: termin, appointment: nil, fingerprints: nil, entry: entry)
        }
    }

    /// The keyed digest of an answer of Advoware: the same once more says the same.
    func digest(of answer: [UInt8]) -> String? {
        key.digest(of: answer.span, purpose: Self.purpose + [employee]).map { hex($0) }
    }

    /// The keyed digest of a Termin as a list shows it.
    func digest(of termin: JSONView) -> Int64? {
        termin.withBytes { key.digest(of: $0, purpose: Self.purpose + [employee]) }?
            .prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }

    /// The number is to be raised whenever something else is read out of the same Termin: then each is read once more.
    private static let purpose = ["what is read of a Termin", "2"]

    /// An event with an id, alive or cancelled.
    ///
    /// - Parameters:
    ///   - occurrences: of a series: its occurrences, as far as they are of interest. Those that say anything else than the rule belong to
    ///     the series' shape.
    ///   - master: the series in whose list an occurrence stood: of a series that was split a tombstone need not say which part.
    ///   - isAlone: an occurrence whose series nobody here can see, an appointment of its own.
    func observe(
        _ event: Event, _ id: String, occurrences: [Event] = [], of master: String? = nil, isAlone: Bool = false
    ) -> Observed<Event> {
        var entry = outline(event, id, of: master, isAlone: isAlone)
        guard !event.isCancelled else { return Observed(content: event, appointment: nil, fingerprints: nil, entry: entry) }
        do throws(EventProblem) {
            var (shown, shape, obstacle) = try shown(event)
            let whole = obstacle == nil ? shown : nil
            if let series = whole, event.isSeries {
                let changed = occurrences.filter { $0.deviates(from: series) }
                if !changed.isEmpty { obstacle = .exceptions }
                shape = changed.map(says).sorted()
            }
            let own = try? fingerprints(of: shown, shape: shape, withAnonymous: shown.text.contains(Appointment.anonymousText), key: key)
            // Without a rule that can be read nobody knows where it ends.
            add(shown, own, isEndless: whole == nil, to: &entry)
            if let own, own.full == own.anonymous { entry.add("says_anonymous", true) }
            entry.add("is_series", event.isSeries)
            if let obstacle { entry.add("obstacle", obstacle.rawValue) }
            return Observed(content: event, appointment: obstacle == nil ? shown : nil, fingerprints: own, entry: entry)
        } catch {
            entry.add("unusable", error.code)
            return Observed(content: event, appointment: nil, fingerprints: nil, entry: entry)
        }
    }

    /// The entry of an event that is there and of which no more can be said.
    func unusable(_ event: Event, _ id: String, _ code: HubCode) -> JSONText {
        var entry = outline(event, id)
        entry.add("unusable", code.rawValue)
        return entry
    }

    /// What the hub learns of any event, also of one that cannot be understood.
    private func outline(_ event: Event, _ id: String, of master: String? = nil, isAlone: Bool = false) -> JSONText {
        var entry = JSONText.object(capacity: Self.usualLength)
        let series = master ?? event.recurringEventId
        entry.add("id", id)
        // Empty: whatever the hub has known of a series of it.
        entry.add("master_id", isAlone ? "" : series)
        entry.add("ts", event.updated?.description)
        entry.add("etag", event.etag)
        entry.add("present", !event.isCancelled)
        entry.add("event_type", event.eventType)
        entry.add("invitation", event.isInvitation)
        entry.add("is_private", event.isPrivate)
        if event.isTaggedCarried { entry.add("tag_carried", true) }
        guard let tag = event.tag else {
            if event.isTaggedAnonymized { entry.add("tag_anonymized", true) }
            return entry
        }
        entry.add("tag_anonymized", tag.anonymized)
        // An occurrence shows its series' tag, which says nothing about the occurrence.
        guard series == nil else { return entry }
        entry.add("tag_sync_id", tag.syncID)
        if let frNr = tag.frNr { entry.add("tag_frnr", frNr) }
        entry.add("tag_kuerzel", tag.kuerzel)
        entry.add("tag_source", tag.source)
        return entry
    }

    /// The appointment; of a series that Advoware cannot represent its first occurrence, and what the series says.
    private func shown(_ event: Event) throws(EventProblem) -> (Appointment, shape: [String], SeriesObstacle?) {
        do throws(EventProblem) {
            return (try event.appointment(), [], nil)
        } catch {
            guard case .seriesNotRepresentable(let obstacle) = error else { throw error }
            return (try event.firstOccurrence(), event.recurrenceLines, obstacle)
        }
    }

    private func says(_ exception: Event) -> String {
        let print = (try? exception.appointment()).flatMap { try? fingerprints(of: $0, withAnonymous: false, key: key) }
        return "\(exception.originalStart?.description ?? "")=\(exception.isCancelled ? "cancelled" : print?.full ?? "unreadable")"
    }

    /// The entry of something that is not there.
    static func gone(_ id: String) -> JSONText {
        var entry = JSONText.object()
        entry.add("id", id)
        entry.add("present", false)
        return entry
    }

    /// Enough for nearly every entry.
    static let usualLength = 640

    private func add(_ appointment: Appointment, _ own: Fingerprints?, isEndless: Bool = false, to entry: inout JSONText) {
        entry.add("starts_at", appointment.startInstant.description)
        entry.add("ends_at", isEndless ? "infinity" : appointment.lastEnd?.description ?? "infinity")
        entry.add("fingerprint", own?.full)
        entry.add("time_fingerprint", own?.time)
        // Without fingerprints it cannot be compared: present and unusable.
        if own == nil { entry.add("unusable", HubCode.noFingerprint.rawValue) }
    }
}

/// From when (exclusive, of the end) and until when (exclusive, of the start) the occurrences of a series are listed.
struct ListedSpan: Sendable {
    let from, to: Instant
}

/// What one run has read, for the actions of the same run. Kept as it came and observed again when an action asks for it, because most of
/// it nobody asks for. A series is kept as observed: what it says, its occurrences say, too.
final class ContentCache: Sendable {
    private let termine = Mutex<[Int64: JSONView]>([:])
    /// An answer of Advoware that has not been read.
    private let unread = Mutex<[UInt8]?>(nil)
    private let events = Mutex<[String: JSONView]>([:])
    private let series = Mutex<[String: Observed<Event>]>([:])
    private let span = Mutex<ListedSpan?>(nil)
    private let written = Mutex<[Int64: Instant?]>([:])

    /// Which occurrences of a series are of interest; nil before the first reading.
    var listedSpan: ListedSpan? {
        get { span.withLock(\.self) }
        set { span.withLock { $0 = newValue } }
    }

    /// Notes a write of ours, and when the Termin was changed last before it; nil: it is new.
    func noteWrite(_ frNr: Int64, after changed: Instant?) { written.withLock { $0[frNr] = .some(changed) } }

    /// The latest change in the list that a write of ours made: what Advoware's clock showed then. Each write is asked for once.
    func takeLastWrite(in list: TerminList) -> Instant? {
        let written = written.withLock { written in
            defer { written = [:] }
            return written
        }
        guard !written.isEmpty else { return nil }
        return list.entries.compactMap { entry -> Instant? in
            guard let before = written[entry.frNr], let now = entry.termin.zuletztGeaendertAm, now != before else { return nil }
            return now
        }.max()
    }

    func remember(_ termin: JSONView, _ frNr: Int64) { termine.withLock { $0[frNr] = termin } }
    /// Keeps an answer of Advoware that need not be read, unless an action asks for something in it.
    func keep(_ answer: [UInt8]) { unread.withLock { $0 = answer } }

    func remember(_ event: Observed<Event>, _ id: String) {
        series.withLock { $0[id] = event.content.isSeries ? event : nil }
        events.withLock { $0[id] = event.content.view }
    }

    func forget(_ event: String) {
        series.withLock { $0[event] = nil }
        events.withLock { $0[event] = nil }
    }

    func termin(_ frNr: Int64, _ observer: Observer) -> Observed<Termin>? {
        readWhatWasKept()
        return termine.withLock { $0[frNr] }.flatMap { try? observer.observe(Termin($0), frNr) }
    }

    private func readWhatWasKept() {
        let answer = unread.withLock { unread in
            defer { unread = nil }
            return unread
        }
        guard let list = answer.flatMap({ TerminList(parsing: $0) }) else { return }
        termine.withLock { termine in
            // What a single GET has shown since is newer.
            for entry in list.entries where termine[entry.frNr] == nil { termine[entry.frNr] = entry.view }
        }
    }

    func event(_ id: String, _ observer: Observer) -> Observed<Event>? {
        series.withLock { $0[id] } ?? events.withLock { $0[id] }.map { observer.observe(Event($0), id) }
    }
}
