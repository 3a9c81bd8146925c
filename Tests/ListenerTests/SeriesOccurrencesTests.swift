import Appointments
import GoogleCalendar
import JSON
import Testing

@testable import Listener

@Suite("A series that is read in two requests")
struct SeriesOccurrencesTests {
    private static func series(_ hour: Int, etag: String, status: String = "confirmed", rule: Bool = true) -> JSONValue {
        var fields = times("2026-03-02", hour)
        fields["id"] = "abcde"
        fields["etag"] = .string(etag)
        fields["status"] = .string(status)
        if rule { fields["recurrence"] = ["RRULE:FREQ=WEEKLY;COUNT=2"] }
        return .object(fields)
    }

    private static func occurrences(_ hours: (original: Int, now: Int)...) -> JSONValue {
        let events = zip(["2026-03-02", "2026-03-09"], hours).map { day, hour -> JSONValue in
            var fields = times(day, hour.now)
            fields["id"] = .string("abcde_\(day)_\(hour.original)")
            fields["recurringEventId"] = "abcde"
            fields["originalStartTime"] = times(day, hour.original)["start"]
            return .object(fields)
        }
        return ["items": .array(events)]
    }

    private static func times(_ day: String, _ hour: Int) -> [String: JSONValue] {
        [
            "summary": "Jour fixe", "start": ["dateTime": .string("\(day)T\(hour):00:00+01:00"), "timeZone": "Europe/Berlin"],
            "end": ["dateTime": .string("\(day)T\(hour + 1):00:00+01:00"), "timeZone": "Europe/Berlin"],
        ]
    }

    /// What is read when a listing has shown the series at ten; `deviating`: how many occurrences say anything else than the master read.
    private func read(_ answers: [(Int, JSONValue)]) async throws -> (reading: SeriesReading?, deviating: Int?, requests: [String]) {
        let transport = ScriptedTransport(answers.map { .init(status: $0.0, body: String(decoding: $0.1.bytes(), as: UTF8.self)) })
        let span = try ListedSpan(
            from: #require(Instant(rfc3339: "2026-03-01T00:00:00Z")), to: #require(Instant(rfc3339: "2026-04-01T00:00:00Z")))
        let master = try #require(Self.series(10, etag: "1").objectValue)
        let reading = try await SeriesOccurrences(google: try Clients.google(transport), calendar: "c", quotaUser: "SB")
            .read(Event(fields: master), "abcde", in: span)
        let shown = try? reading?.master?.appointment()
        return (
            reading, shown.map { series in reading?.occurrences.events.filter { $0.deviates(from: series) }.count ?? 0 }, transport.requests
        )
    }

    @Test("and says the same both times is not asked for again")
    func calm() async throws {
        let (reading, deviating, requests) = try await read([(200, Self.occurrences((10, 10), (10, 10)))])
        #expect(reading?.master?.etag == "1")
        #expect(deviating == 0)
        #expect(requests.count == 1)
    }

    @Test("has exceptions if the master is still the same after them")
    func exception() async throws {
        let (reading, deviating, requests) = try await read([
            (200, Self.occurrences((10, 10), (10, 15))), (200, Self.series(10, etag: "1")),
        ])
        #expect(reading?.master?.etag == "1")
        #expect(deviating == 1)
        #expect(requests.count == 2)
    }

    @Test("and was moved between them has no exceptions")
    func moved() async throws {
        let (reading, deviating, _) = try await read([
            (200, Self.occurrences((14, 14), (14, 14))), (200, Self.series(14, etag: "2")), (200, Self.occurrences((14, 14), (14, 14))),
        ])
        #expect(reading?.master?.etag == "2")
        #expect(deviating == 0)
    }

    @Test("and ended between them is what it is now")
    func ended() async throws {
        let moved = (200, Self.occurrences((14, 14), (14, 14)))
        let gone = try await read([moved, (404, ["error": ["code": 404]])])
        #expect(gone.reading != nil)
        #expect(gone.reading?.master == nil)
        let cancelled = try await read([moved, (200, Self.series(14, etag: "2", status: "cancelled"))])
        #expect(cancelled.reading?.master?.isCancelled == true)
        let single = try await read([moved, (200, Self.series(14, etag: "2", rule: false))])
        #expect(single.reading?.master?.isSeries == false)
        #expect(single.deviating == 0)
    }

    @Test("and is another each time is not read at all")
    func restless() async throws {
        var script: [(Int, JSONValue)] = []
        for hour in 11...15 {
            script.append((200, Self.occurrences((hour + 1, hour + 1), (hour + 1, hour + 1))))
            script.append((200, Self.series(hour, etag: "\(hour)")))
        }
        let (reading, _, requests) = try await read(script)
        #expect(reading == nil)
        #expect(requests.count == 10)
    }

    @Test("says of a write of ours what was written, with the exceptions that it has", arguments: [(14, nil), (15, "exceptions")])
    func written(last: Int, obstacle: String?) async throws {
        // Moved by somebody just after the write.
        let answers = [
            Self.occurrences((14, 14), (14, last)), Self.series(14, etag: "2"), Self.occurrences((14, 14), (14, last)),
            Self.series(14, etag: "2"),
        ]
        let transport = ScriptedTransport(answers.map { .init(status: 200, body: String(decoding: $0.bytes(), as: UTF8.self)) })
        let cache = ContentCache()
        cache.listedSpan = try ListedSpan(
            from: #require(Instant(rfc3339: "2026-03-01T00:00:00Z")), to: #require(Instant(rfc3339: "2026-04-01T00:00:00Z")))
        let observer = Observer(key: try FingerprintKey(secret: [1, 2, 3]), employee: "SB")
        let ours = Event(fields: try #require(Self.series(10, etag: "1").objectValue))
        let proofs = Proofs(
            advoware: try Clients.advoware(transport), google: try Clients.google(transport), observer: observer, cache: cache,
            quotaUser: "SB")
        let entry = try await proofs.observe(written: ours, "abcde", "c", hasExceptions: true).entry
        #expect(entry["obstacle"]?.stringValue == obstacle)
        #expect(entry["etag"] == "1")
        #expect((entry["fingerprint"] == observer.observe(ours, "abcde").entry["fingerprint"]) == (obstacle == nil))
    }

    @Test("and cannot be judged is there all the same")
    func unusable() throws {
        let observer = Observer(key: try FingerprintKey(secret: [1, 2, 3]), employee: "SB")
        let entry = observer.unusable(Event(fields: try #require(Self.series(10, etag: "1").objectValue)), "abcde", .seriesKeepsChanging)
        #expect(entry["present"] == true)
        #expect(entry["unusable"] == "series_keeps_changing")
    }
}
