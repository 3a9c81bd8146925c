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
    let prints: Fingerprints?
    /// What the hub learns: ids, times, fingerprints, never content.
    var entry: JSONValue

    /// The same, but not to be carried as it is.
    func unusable(_ code: String) -> Observed {
        var fields = entry.objectValue ?? [:]
        for key in ["fp", "time_fp", "anon_fp"] { fields[key] = .null }
        fields["unusable"] = .string(code)
        return Observed(content: content, appointment: nil, prints: nil, entry: .object(fields))
    }
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
            let prints = try? fingerprints(of: appointment, key: key)
            add(appointment, prints, to: &fields)
            fields["anon_fp"] = prints.map { .string($0.anonymous) } ?? .null
            return Observed(content: termin, appointment: appointment, prints: prints, entry: .object(fields))
        } catch {
            fields["unusable"] = .string(error.code)
            return Observed(content: termin, appointment: nil, prints: nil, entry: .object(fields))
        }
    }

    /// An event with an id, alive or cancelled.
    func observe(_ event: Event, _ id: String) -> Observed<Event> {
        var fields: [String: JSONValue] = [
            "id": .string(id), "master_id": event.recurringEventId.map { .string($0) } ?? .null, "ts": text(event.updated),
            "etag": event.etag.map { .string($0) } ?? .null, "present": .bool(!event.isCancelled),
            "event_type": .string(event.eventType), "invitation": .bool(event.isInvitation),
        ]
        if let tag = event.tag {
            fields["tag_sync_id"] = .string(tag.syncID)
            fields["tag_frnr"] = tag.frNr.map { .int($0) } ?? .null
            fields["tag_kuerzel"] = .string(tag.kuerzel)
            fields["tag_source"] = .string(tag.source)
            fields["tag_anonymized"] = .bool(tag.anonymized)
        }
        guard !event.isCancelled else { return Observed(content: event, appointment: nil, prints: nil, entry: .object(fields)) }
        do throws(EventProblem) {
            let appointment = try event.appointment()
            let prints = try? fingerprints(of: appointment, key: key)
            add(appointment, prints, to: &fields)
            return Observed(content: event, appointment: appointment, prints: prints, entry: .object(fields))
        } catch {
            fields["unusable"] = .string(error.code)
            return Observed(content: event, appointment: nil, prints: nil, entry: .object(fields))
        }
    }

    /// The entry of something that is not there.
    static func gone(_ id: String) -> JSONValue { ["id": .string(id), "present": false] }

    private func add(_ appointment: Appointment, _ prints: Fingerprints?, to fields: inout [String: JSONValue]) {
        fields["starts_at"] = text(appointment.startInstant)
        fields["ends_at"] = appointment.lastEnd.map { text($0) } ?? "infinity"
        fields["fp"] = prints.map { .string($0.full) } ?? .null
        fields["time_fp"] = prints.map { .string($0.time) } ?? .null
        // Without fingerprints it cannot be compared: present and unusable.
        fields["unusable"] = prints == nil ? "no_fingerprint" : .null
    }

    private func text(_ instant: Instant?) -> JSONValue { instant.map { .string($0.description) } ?? .null }
}

/// What one run has read, for the actions of the same run.
final class ContentCache: Sendable {
    private let termine = Mutex<[Int64: Observed<Termin>]>([:])
    private let events = Mutex<[String: Observed<Event>]>([:])

    func remember(_ termin: Observed<Termin>, _ frNr: Int64) { termine.withLock { $0[frNr] = termin } }
    func remember(_ event: Observed<Event>, _ id: String) { events.withLock { $0[id] = event } }
    func termin(_ frNr: Int64) -> Observed<Termin>? { termine.withLock { $0[frNr] } }
    func event(_ id: String) -> Observed<Event>? { events.withLock { $0[id] } }
}
