import Advoware
import Appointments
import GoogleCalendar
import JSON
import Testing

/// What the product wrote and reads back equals canonically what it meant, whichever way it went.
@Suite struct RoundTripTests {
    private let key: FingerprintKey
    private let tag = EventTag(
        syncID: "0a1b2c3d-0000-4000-8000-000000000001", frNr: 85861, kuerzel: "SB", source: "advoware", anonymized: false)

    init() throws { key = try FingerprintKey(secret: [1, 2, 3]) }

    /// Fields as they come back over the wire.
    private func sent(_ fields: [String: JSONValue]) throws -> [String: JSONValue] {
        try #require(try JSONValue(parsing: JSONValue.object(fields).bytes()).objectValue)
    }

    private func throughGoogle(_ appointment: Appointment) throws -> Appointment {
        try Event(fields: try sent(Event.fields(for: appointment, tag: tag, timeOnly: false))).appointment()
    }

    private func throughAdvoware(_ appointment: Appointment) throws -> Appointment {
        try Termin(fields: try sent(Termin.new(appointment, kuerzel: "SB"))).appointment()
    }

    @Test func whatWasMeantComesBackFromBothSystems() throws {
        var source = RandomAppointments(seed: 1)
        for number in 0..<3_000 {
            let meant = source.appointment()
            let canonical = meant.canonical()
            #expect(canonical.canonical() == canonical, "\(number)")
            let prints = try fingerprints(of: meant, key: key)
            #expect(try fingerprints(of: throughGoogle(meant), key: key) == prints, "Google, \(number): \(meant)")
            #expect(try fingerprints(of: throughAdvoware(meant), key: key) == prints, "Advoware, \(number): \(meant)")
        }
    }

    @Test func aTerminGoesToGoogleAndBackUnchanged() throws {
        var source = RandomAppointments(seed: 2)
        for number in 0..<3_000 {
            let fields = source.termin()
            let appointment = try Termin(fields: try sent(fields)).appointment()
            let prints = try fingerprints(of: appointment, key: key)
            let copy = try throughGoogle(appointment)
            #expect(try fingerprints(of: copy, key: key) == prints, "\(number): \(fields)")
            #expect(try fingerprints(of: throughAdvoware(copy), key: key) == prints, "\(number): \(fields)")
        }
    }

    @Test func anEventGoesToAdvowareAndBackUnchanged() throws {
        var source = RandomAppointments(seed: 3)
        var held = 0
        for number in 0..<4_000 {
            let fields = source.event()
            guard let appointment = try? Event(fields: try sent(fields)).appointment() else { continue }
            held += 1
            let prints = try fingerprints(of: appointment, key: key)
            let copy = try throughAdvoware(appointment)
            #expect(try fingerprints(of: copy, key: key) == prints, "\(number): \(fields)")
            #expect(try fingerprints(of: throughGoogle(copy), key: key) == prints, "\(number): \(fields)")
        }
        #expect(held > 2_000, "only \(held) events were usable")
    }

    @Test func replacingATerminMakesItSayWhatWasMeantAndLosesNothing() throws {
        var source = RandomAppointments(seed: 4)
        for number in 0..<2_000 {
            let before = Termin(fields: source.termin())
            let meant = source.appointment()
            let after = try Termin(fields: try sent(before.replacing(with: meant, timeOnly: false))).appointment()
            #expect(try fingerprints(of: after, key: key) == fingerprints(of: meant, key: key), "\(number)")
            let moved = try Termin(fields: try sent(before.replacing(with: meant, timeOnly: true))).appointment()
            let expected = try before.appointment().moved(to: meant)
            #expect(try fingerprints(of: moved, key: key) == fingerprints(of: expected, key: key), "\(number)")
        }
    }

    @Test func patchingAnEventMakesItSayWhatWasMeantAndLosesNothing() throws {
        var source = RandomAppointments(seed: 5)
        for number in 0..<2_000 {
            let before = source.event()
            let meant = source.appointment()
            let event = Event(fields: patched(before, with: Event.fields(for: meant, tag: tag, timeOnly: false)))
            #expect(try fingerprints(of: event.appointment(), key: key) == fingerprints(of: meant, key: key), "\(number)")
            #expect(event.fields["colorId"] == before["colorId"])
        }
    }

    /// What a PATCH does: null removes, objects are merged, anything else is replaced.
    private func patched(_ target: [String: JSONValue], with changes: [String: JSONValue]) -> [String: JSONValue] {
        var result = target
        for (name, value) in changes {
            if case .object(let inner) = value {
                result[name] = .object(patched(result[name]?.objectValue ?? [:], with: inner))
            } else {
                result[name] = value.isNull ? nil : value
            }
        }
        return result
    }
}
