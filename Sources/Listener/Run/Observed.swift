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
    var entry: JSONValue

}

/// Turns what the clients read into entries for the hub.
struct Observer: Sendable {
    let key: FingerprintKey
    let employee: String

    /// A Termin with a number.
    func observe(_ termin: Termin, _ frNr: Int64) throws -> Observed<Termin> {
        var fields: [String: JSONValue] = [
            "id": .string(String(frNr)), "ts": text(termin.zuletztGeaendertAm), "present": true,
            "ownership": .string(termin.ownership(of: employee).rawValue),
        ]
        do throws(TerminProblem) {
            let appointment = try termin.appointment()
            let own = try? fingerprints(of: appointment, key: key)
            add(appointment, own, to: &fields)
            fields["is_series"] = .bool(appointment.recurrence != nil)
            fields["is_private"] = .bool(appointment.isPrivate)
            fields["anonymous_fingerprint"] = own.map { .string($0.anonymous) } ?? .null
            return Observed(content: termin, appointment: appointment, fingerprints: own, entry: .object(fields))
        } catch {
            fields["unusable"] = .string(error.code)
            return Observed(content: termin, appointment: nil, fingerprints: nil, entry: .object(fields))
        }
    }

    /// An event with an id, alive or cancelled.
    ///
    /// - Parameter occurrences: of a series: its occurrences, as far as they are of interest. Those that say anything else than the rule
    ///   belong to the series' shape.
    func observe(_ event: Event, _ id: String, occurrences: [Event] = []) -> Observed<Event> {
        var fields = outline(event, id)
        guard !event.isCancelled else { return Observed(content: event, appointment: nil, fingerprints: nil, entry: .object(fields)) }
        do throws(EventProblem) {
            var (shown, shape, obstacle) = try shown(event)
            let whole = obstacle == nil ? shown : nil
            if let series = whole, event.isSeries {
                let changed = occurrences.filter { $0.deviates(from: series) }
                if !changed.isEmpty { obstacle = .exceptions }
                shape = changed.map(says).sorted()
            }
            let own = try? fingerprints(of: shown, shape: shape, key: key)
            add(shown, own, to: &fields)
            if let own, own.full == own.anonymous { fields["says_anonymous"] = true }
            fields["is_series"] = .bool(event.isSeries)
            if let obstacle {
                fields["obstacle"] = .string(obstacle.rawValue)
                // Without a rule that can be read nobody knows where it ends.
                if whole == nil { fields["ends_at"] = "infinity" }
            }
            return Observed(content: event, appointment: obstacle == nil ? shown : nil, fingerprints: own, entry: .object(fields))
        } catch {
            fields["unusable"] = .string(error.code)
            return Observed(content: event, appointment: nil, fingerprints: nil, entry: .object(fields))
        }
    }

    /// The entry of an event that is there and of which no more can be said.
    func unusable(_ event: Event, _ id: String, _ code: HubCode) -> JSONValue {
        .object(outline(event, id).merging(["unusable": .string(code.rawValue)]) { $1 })
    }

    /// What the hub learns of any event, also of one that cannot be understood.
    private func outline(_ event: Event, _ id: String) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [
            "id": .string(id), "master_id": event.recurringEventId.map { .string($0) } ?? .null, "ts": text(event.updated),
            "etag": event.etag.map { .string($0) } ?? .null, "present": .bool(!event.isCancelled),
            "event_type": .string(event.eventType), "invitation": .bool(event.isInvitation), "is_private": .bool(event.isPrivate),
        ]
        if event.isTaggedAnonymized { fields["tag_anonymized"] = true }
        guard let tag = event.tag else { return fields }
        fields["tag_anonymized"] = .bool(tag.anonymized)
        // An occurrence shows its series' tag, which says nothing about the occurrence.
        guard !event.isOccurrence else { return fields }
        fields["tag_sync_id"] = .string(tag.syncID)
        fields["tag_frnr"] = tag.frNr.map { .int($0) } ?? .null
        fields["tag_kuerzel"] = .string(tag.kuerzel)
        fields["tag_source"] = .string(tag.source)
        return fields
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
        let print = (try? exception.appointment()).flatMap { try? fingerprints(of: $0, key: key) }
        return "\(exception.originalStart?.description ?? "")=\(exception.isCancelled ? "cancelled" : print?.full ?? "unreadable")"
    }

    /// The entry of something that is not there.
    static func gone(_ id: String) -> JSONValue { ["id": .string(id), "present": false] }

    private func add(_ appointment: Appointment, _ own: Fingerprints?, to fields: inout [String: JSONValue]) {
        fields["starts_at"] = text(appointment.startInstant)
        fields["ends_at"] = appointment.lastEnd.map { text($0) } ?? "infinity"
        fields["fingerprint"] = own.map { .string($0.full) } ?? .null
        fields["time_fingerprint"] = own.map { .string($0.time) } ?? .null
        // Without fingerprints it cannot be compared: present and unusable.
        fields["unusable"] = own == nil ? .string(HubCode.noFingerprint.rawValue) : .null
    }

    private func text(_ instant: Instant?) -> JSONValue { instant.map { .string($0.description) } ?? .null }
}

/// From when (exclusive, of the end) and until when (exclusive, of the start) the occurrences of a series are listed.
struct ListedSpan: Sendable {
    let from, to: Instant
}

/// What one run has read, for the actions of the same run.
final class ContentCache: Sendable {
    private let termine = Mutex<[Int64: Observed<Termin>]>([:])
    private let events = Mutex<[String: Observed<Event>]>([:])
    private let span = Mutex<ListedSpan?>(nil)

    /// Which occurrences of a series are of interest; nil before the first reading.
    var listedSpan: ListedSpan? {
        get { span.withLock(\.self) }
        set { span.withLock { $0 = newValue } }
    }

    func remember(_ termin: Observed<Termin>, _ frNr: Int64) { termine.withLock { $0[frNr] = termin } }
    func remember(_ event: Observed<Event>, _ id: String) { events.withLock { $0[id] = event } }
    func termin(_ frNr: Int64) -> Observed<Termin>? { termine.withLock { $0[frNr] } }
    func event(_ id: String) -> Observed<Event>? { events.withLock { $0[id] } }
}
