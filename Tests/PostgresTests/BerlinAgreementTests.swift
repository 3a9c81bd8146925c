import Appointments
import Postgres
import Testing

/// Foundation's copy of the zone database and the server's: where they differ, hub and listener mean different times by the same words.
@Suite("The hub's Berlin is the listener's", .timeLimit(.minutes(2)))
struct BerlinAgreementTests {
    private let hours = Instant(utc: WallTime(year: 1900)).seconds / 3_600..<Instant(utc: WallTime(year: 2038)).seconds / 3_600

    /// The first hour and every hour before which the offset changed.
    private func changes() -> [Change] {
        var changes: [Change] = []
        for hour in hours {
            let ahead = Berlin.offset(at: Instant(microseconds: Int64(hour) * 3_600_000_000))
            if ahead != changes.last?.ahead { changes.append(Change(second: hour * 3_600, ahead: ahead)) }
        }
        return changes
    }

    private struct Change: Equatable {
        let second, ahead: Int
    }

    @Test("in the hours at which its clocks change, 1900 to 2037")
    func clockChanges() async throws {
        let rows = try await TestServer.connect().query(
            """
            WITH hours AS (
                SELECT at, extract(epoch FROM (at AT TIME ZONE 'Europe/Berlin') - (at AT TIME ZONE 'UTC'))::int AS ahead
                FROM generate_series(to_timestamp($1::bigint), to_timestamp($2::bigint), '1 hour') AS at),
            marked AS (SELECT at, ahead, lag(ahead) OVER (ORDER BY at) AS before FROM hours)
            SELECT extract(epoch FROM at)::bigint AS second, ahead FROM marked WHERE ahead IS DISTINCT FROM before ORDER BY at
            """, [PostgresValue(hours.lowerBound * 3_600), PostgresValue((hours.upperBound - 1) * 3_600)])
        let theirs = try rows.map { Change(second: try $0.int("second"), ahead: try $0.int("ahead")) }
        #expect(theirs.count > 100)
        #expect(changes() == theirs)
    }

    @Test("in what its clocks show")
    func instants() async throws {
        let seconds = probes(around: changes().map(\.second))
        let rows = try await TestServer.connect().query(
            """
            SELECT extract(epoch FROM (to_timestamp(second) AT TIME ZONE 'Europe/Berlin') AT TIME ZONE 'UTC')::bigint AS shown
            FROM unnest($1) WITH ORDINALITY AS probe (second, n) ORDER BY n
            """, [.intArray(seconds.map(Int64.init))])
        let theirs = try rows.map { try $0.int("shown") }
        let ours = seconds.map { Instant(utc: Berlin.wallTime(of: Instant(microseconds: Int64($0) * 1_000_000))).seconds }
        expectSame(seconds, ours, theirs)
    }

    @Test("in what is meant by its clocks, in the hours that come twice and never, too")
    func readings() async throws {
        let readings = probes(around: changes().flatMap { [$0.second, $0.second + 3_600, $0.second + 7_200] })
        let rows = try await TestServer.connect().query(
            """
            SELECT extract(epoch FROM (to_timestamp(reading) AT TIME ZONE 'UTC') AT TIME ZONE 'Europe/Berlin')::bigint AS meant
            FROM unnest($1) WITH ORDINALITY AS probe (reading, n) ORDER BY n
            """, [.intArray(readings.map(Int64.init))])
        let theirs = try rows.map { try $0.int("meant") }
        let ours = readings.map { Berlin.instant(of: Instant(microseconds: Int64($0) * 1_000_000).wallTime(offset: 0)).seconds }
        expectSame(readings, ours, theirs)
    }

    /// Every ten minutes and the seconds beside them near these, and here and there all the time.
    private func probes(around seconds: [Int]) -> [Int] {
        let first = hours.lowerBound * 3_600 + 86_400
        var probes = Array(stride(from: first, to: hours.upperBound * 3_600, by: 100_003))
        for second in seconds where second > first {
            for step in -30...30 {
                let near = second + step * 600
                probes += [near - 1, near, near + 1]
            }
        }
        return probes
    }

    private func expectSame(_ asked: [Int], _ ours: [Int], _ theirs: [Int]) {
        let wrong = zip(asked, zip(ours, theirs)).filter { $0.1.0 != $0.1.1 }
        #expect(ours.count == theirs.count && asked.count > 40_000)
        let count = wrong.count
        #expect(count == 0, "the first: \(wrong.prefix(1))")
    }
}

extension WallTime {
    /// The year's first moment.
    fileprivate init(year: Int) {
        self.init(date: LocalDate(year: year, month: 1, day: 1) ?? LocalDate(dayNumber: 0))
    }
}
