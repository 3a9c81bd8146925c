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
        let entry = try await proofs.observe(written: ours, "abcde", "c", hasExceptions: true, isOccurrence: false).entry
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

    // MARK: Long lists

    /// A daily series without end, and what is listed of it from a day on.
    private static let endless = Event(
        fields: times("2026-03-02", 10).merging(["id": "abcde", "etag": "1", "recurrence": ["RRULE:FREQ=DAILY"]]) { $1 })

    private static func listed(_ range: Range<Int>) -> (Int, JSONValue) {
        let first = LocalDate(year: 2026, month: 3, day: 2)
        let events = range.map { ahead -> JSONValue in
            let day = first?.adding(days: ahead).description ?? ""
            var fields = times(day, 10)
            fields["start"] = ["dateTime": .string("\(day)T10:00:00"), "timeZone": "Europe/Berlin"]
            fields["end"] = ["dateTime": .string("\(day)T11:00:00"), "timeZone": "Europe/Berlin"]
            fields["id"] = .string("abcde_\(day)")
            fields["originalStartTime"] = fields["start"]
            fields["recurringEventId"] = "abcde"
            return .object(fields)
        }
        return (200, ["items": .array(events)])
    }

    private func span(until: String) throws -> ListedSpan {
        try ListedSpan(from: #require(Instant(rfc3339: "2026-03-01T00:00:00Z")), to: #require(Instant(rfc3339: until)))
    }

    private func occurrences(_ answers: [(Int, JSONValue)]) throws -> (SeriesOccurrences, ScriptedTransport) {
        let transport = ScriptedTransport(answers.map { .init(status: $0.0, body: String(decoding: $0.1.bytes(), as: UTF8.self)) })
        return (SeriesOccurrences(google: try Clients.google(transport), calendar: "c", quotaUser: "SB"), transport)
    }

    private static let missing: (Int, JSONValue) = (404, ["error": ["code": 404]])

    @Test("What lies behind the end of a long list is not cancelled, be it found or not")
    func beyondTheEnd() async throws {
        let (occurrences, transport) = try occurrences([Self.listed(0..<730), Self.missing])
        let reading = try await occurrences.read(Self.endless, "abcde", in: span(until: "2031-01-01T00:00:00Z"))
        #expect(reading?.exceptions.isEmpty == true && transport.requests.count == 2)
    }

    @Test("What a long list lacks in its middle is cancelled, and so is what a short list lacks")
    func gaps() async throws {
        var (_, list) = Self.listed(0..<730)
        list = ["items": .array((list["items"]?.arrayValue ?? []).enumerated().filter { $0.offset != 5 }.map(\.element))]
        let (long, _) = try occurrences([(200, list), Self.missing, Self.missing, (200, .object(Self.endless.fields))])
        #expect(try await long.read(Self.endless, "abcde", in: span(until: "2031-01-01T00:00:00Z"))?.exceptions.count == 1)
        let (short, _) = try occurrences([Self.listed(0..<20), Self.missing, Self.missing, (200, .object(Self.endless.fields))])
        #expect(try await short.read(Self.endless, "abcde", in: span(until: "2026-03-25T00:00:00Z"))?.exceptions.count == 2)
    }

    @Test("A list that Google ended is gone on with as far as it is of interest")
    func goesOn() async throws {
        let (occurrences, transport) = try occurrences([Self.listed(0..<730), Self.listed(729..<900)])
        let all = try await occurrences.whole(
            "abcde", in: span(until: "2031-01-01T00:00:00Z"), until: #require(Instant(rfc3339: "2030-01-01T00:00:00Z")))
        #expect(all.events.count == 900 && transport.requests.count == 2)
        let (near, once) = try self.occurrences([Self.listed(0..<730)])
        _ = try await near.whole(
            "abcde", in: span(until: "2031-01-01T00:00:00Z"), until: #require(Instant(rfc3339: "2027-01-01T00:00:00Z")))
        #expect(once.requests.count == 1)
    }

    @Test("A series is empty when each occurrence was deleted and none is further ahead", arguments: [true, false])
    func empty(isOneLeft: Bool) async throws {
        let gone = (0..<2).map { day -> JSONValue in
            ["id": .string("abcde_2026030\(day + 2)T090000Z"), "status": "cancelled"]
        }
        let (occurrences, transport) = try occurrences([isOneLeft ? Self.listed(9..<10) : (200, ["items": .array(gone)])])
        let exceptions = gone.map { Event(fields: $0.objectValue ?? [:]) }
        let reading = SeriesReading(master: Self.endless, occurrences: EventList(events: []), exceptions: exceptions)
        let from = try #require(Instant(rfc3339: "2026-03-01T00:00:00Z"))
        #expect(try await occurrences.isEmpty(reading, "abcde", from: from) == !isOneLeft)
        #expect(transport.requests.count == 1)
        let later = try #require(Instant(rfc3339: "2026-05-01T00:00:00Z"))
        #expect(try await occurrences.isEmpty(reading, "abcde", from: later) == false)
        #expect(try await occurrences.isEmpty(SeriesReading(master: Self.endless), "abcde", from: from) == false)
    }
}
