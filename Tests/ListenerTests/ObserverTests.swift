import Advoware
import Appointments
import GoogleCalendar
import JSON
import Testing

@testable import Listener

@Suite("An entry for the hub")
struct ObserverTests {
    private func observer() throws -> Observer { Observer(key: try FingerprintKey(secret: [1, 2, 3]), employee: "SB") }

    private let termin = Termin(fields: [
        "frNr": 7, "datum": "2026-03-02", "uhrzeitVon": "10:00:00", "uhrzeitBis": "11:00:00", "text": "Geheim", "notiz": "Mandant Meier",
        "ort": "Saal 4", "sb": "SB", "anwalt": "SB", "zuletztGeaendertAm": "2025-10-23T14:18:36.245",
    ])

    @Test("of a Termin holds id, times and fingerprints and no word of its content")
    func termin_() throws {
        let entry = try observer().observe(termin, 7).entry
        #expect(entry["id"] == "7")
        #expect(entry["ts"] == "2025-10-23T12:18:36.245000Z")
        #expect(entry["starts_at"] == "2026-03-02T09:00:00.000000Z")
        #expect(entry["ends_at"] == "2026-03-02T10:00:00.000000Z")
        #expect(entry["ownership"] == "exclusive")
        #expect(entry["unusable"] == nil)
        for key in ["fingerprint", "time_fingerprint", "anonymous_fingerprint"] {
            #expect(entry[key]?.stringValue?.hasPrefix("1:") == true)
        }
        for word in ["Geheim", "Meier", "Saal"] { #expect(!entry.text().contains(word)) }
    }

    @Test("of a Termin without a date is present and unusable")
    func unusableTermin() throws {
        let entry = try observer().observe(Termin(fields: ["frNr": 8, "text": "x"]), 8).entry
        #expect(entry["present"] == nil)
        #expect(entry["unusable"]?.stringValue != nil)
        #expect(entry["fingerprint"]?.stringValue == nil)
    }

    @Test("of an event has the fingerprint of the Termin it was made from")
    func agreement() throws {
        let appointment = try termin.appointment()
        let tag = EventTag(syncID: "0f0e0d0c-0b0a-0908-0706-050403020100", frNr: 7, kuerzel: "SB", source: "advoware", anonymized: false)
        var fields = Event.fields(for: appointment, tag: tag, timeOnly: false)
        fields["id"] = "abc"
        fields["etag"] = "\"1\""
        let observer = try observer()
        let event = observer.observe(Event(fields: fields), "abc").entry
        #expect(try event["fingerprint"] == observer.observe(termin, 7).entry["fingerprint"])
        #expect(event["tag_frnr"] == 7)
        #expect(event["tag_sync_id"] == "0f0e0d0c-0b0a-0908-0706-050403020100")
        #expect(event["etag"] == "\"1\"")
        for word in ["Geheim", "Meier", "Saal"] { #expect(!event.text().contains(word)) }
    }

    @Test("of an anonymised copy has the anonymous fingerprint of its Termin")
    func anonymous() throws {
        let observer = try observer()
        var fields = Event.fields(for: try termin.appointment().anonymized(), tag: nil, timeOnly: false)
        fields["id"] = "abc"
        #expect(
            try observer.observe(Event(fields: fields), "abc").entry["fingerprint"]
                == observer.observe(termin, 7).entry["anonymous_fingerprint"])
    }

    @Test("says whether an event says exactly what an anonymised copy says", arguments: [nil, "description", "location", "summary"])
    func saysAnonymous(said: String?) throws {
        var fields = Event.fields(for: try termin.appointment().anonymized(), tag: nil, timeOnly: false)
        fields["id"] = "abc"
        if let said { fields[said] = "Meier" }
        let entry = try observer().observe(Event(fields: fields), "abc").entry
        #expect(entry["says_anonymous"] == (said == nil ? true : nil))
    }

    @Test("of a cancelled event is not present and has no fingerprint")
    func cancelled() throws {
        let entry = try observer().observe(Event(fields: ["id": "abc", "status": "cancelled"]), "abc").entry
        #expect(entry["present"] == false)
        #expect(entry["fingerprint"] == nil)
        #expect(entry["unusable"] == nil)
    }

    @Test("of an endless series ends at infinity")
    func endless() throws {
        let series = Termin(fields: [
            "frNr": 9, "datum": "2026-03-02", "datumBis": "2037-12-31", "uhrzeitVon": "10:00:00", "uhrzeitBis": "11:00:00",
            "dauertermin": 1,
            "turnus": 1, "turnusArt": 2, "text": "Jour fixe",
        ])
        #expect(try observer().observe(series, 9).entry["ends_at"] == "infinity")
    }
}
