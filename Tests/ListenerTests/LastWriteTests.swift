import Advoware
import Appointments
import JSON
import Testing

@testable import Listener

/// What a list read after our own writes shows of Advoware's clock.
@Suite struct LastWriteTests {
    private func list(_ changed: [(frNr: Int, at: String?)]) throws -> TerminList {
        let entries = changed.map { one in
            let at = one.at.map { "\"\($0)\"" } ?? "null"
            return "{\"frNr\": \(one.frNr), \"zuletztGeaendertAm\": \(at)}"
        }
        return try #require(TerminList(parsing: Array("[\(entries.joined(separator: ","))]".utf8)))
    }

    private func instant(_ text: String) throws -> Instant {
        try #require(Termin(fields: ["zuletztGeaendertAm": .string(text)]).zuletztGeaendertAm)
    }

    @Test func isTheLatestThatAWriteOfOursMade() throws {
        let cache = ContentCache()
        cache.noteWrite(1, after: nil)
        cache.noteWrite(2, after: try instant("2026-11-30T10:00:00"))
        let read = try list([(1, "2026-11-30T12:00:00"), (2, "2026-11-30T12:00:05"), (3, "2026-11-30T13:00:00")])
        #expect(cache.takeLastWrite(in: read) == (try instant("2026-11-30T12:00:05")), "what others write shows nothing")
        #expect(cache.takeLastWrite(in: read) == nil, "each write is asked for once")
    }

    @Test func aTimeThatTheWriteDidNotChangeShowsNothing() throws {
        let cache = ContentCache()
        cache.noteWrite(1, after: try instant("2026-11-30T10:00:00"))
        #expect(cache.takeLastWrite(in: try list([(1, "2026-11-30T10:00:00")])) == nil)
        cache.noteWrite(1, after: nil)
        #expect(cache.takeLastWrite(in: try list([(1, nil), (2, "2026-11-30T10:00:00")])) == nil)
    }
}
