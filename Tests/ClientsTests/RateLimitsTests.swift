import Testing

@testable import Clients

/// A day of requests without a clock: time is what the test says.
private struct Day {
    var limits: RateLimits
    var now = Duration.zero
    var jitter = 1.0

    init(concurrency: Int = 4) { limits = RateLimits(concurrency: concurrency) }

    @discardableResult
    mutating func want(_ user: String, patience: Duration = .seconds(60)) -> Int {
        limits.enqueue(user, deadline: now + patience)
    }

    /// All that may start now.
    mutating func starts() -> [RateLimits.Ticket] {
        var tickets: [RateLimits.Ticket] = []
        while case .start(let ticket) = limits.next(at: now) { tickets.append(ticket) }
        return tickets
    }

    mutating func end(_ ticket: RateLimits.Ticket?, _ verdict: Verdict) {
        if let ticket { limits.ended(ticket, verdict, at: now, jitter: jitter) }
    }

    /// Sends requests of these users without a pause against a quota of so many in a sliding second; how many got through and were refused.
    mutating func rush(_ users: [String], for seconds: Double, quota: Int) -> (passed: Int, refused: Int) {
        var (passed, refused) = (0, 0)
        var letIn: [Duration] = []
        let end = now + .seconds(seconds)
        var inFlight: [(ticket: RateLimits.Ticket, end: Duration)] = []
        for user in users { for _ in 0..<4 { want(user, patience: .seconds(3600)) } }
        while now < end {
            for ticket in starts() { inFlight.append((ticket, now + .milliseconds(20))) }
            for done in inFlight where done.end <= now {
                letIn.removeAll { now - $0 >= .seconds(1) }
                if letIn.count < quota {
                    letIn.append(now)
                    passed += 1
                    limits.ended(done.ticket, .passed, at: now, jitter: jitter)
                } else {
                    refused += 1
                    limits.ended(done.ticket, .refused(by: .unnamed, retryAfter: nil), at: now, jitter: jitter)
                }
                want(done.ticket.user, patience: .seconds(3600))
            }
            inFlight.removeAll { $0.end <= now }
            now += .milliseconds(5)
        }
        for done in inFlight { limits.ended(done.ticket, .silent, at: now, jitter: jitter) }
        return (passed, refused)
    }
}

private let userRefusal = Verdict.refused(by: .user, retryAfter: nil)
private let refusal = Verdict.refused(by: .unnamed, retryAfter: nil)

@Suite("Whose turn it is")
struct RateLimitsTests {
    @Test("No more requests are in flight than allowed, and the next one starts when one ends")
    func concurrency() {
        var day = Day(concurrency: 2)
        for _ in 0..<5 { day.want("SB") }
        let first = day.starts()
        #expect(first.count == 2)
        day.end(first[0], .passed)
        #expect(day.starts().count == 1)
        day.limits.concurrency = 4
        #expect(day.starts().count == 2)
    }

    @Test("Users take turns, each one's own requests in their order")
    func turns() {
        var day = Day(concurrency: 10)
        let ids = ["SB", "SB", "SB", "AM", "AM", "RO"].map { day.want($0) }
        let started = day.starts()
        #expect(started.map(\.user) == ["SB", "AM", "RO", "SB", "AM", "SB"])
        #expect(started.filter { $0.user == "SB" }.map(\.id) == Array(ids[0...2]))
    }

    @Test("One throttled user does not hold the others up")
    func oneThrottled() {
        var day = Day()
        day.want("SB")
        day.end(day.starts().first, userRefusal)
        for _ in 0..<3 { day.want("SB") }
        for _ in 0..<3 { day.want("AM") }
        #expect(day.starts().map(\.user) == ["AM", "AM", "AM"])
        guard case .wait(let until) = day.limits.next(at: day.now) else {
            Issue.record("it does not wait")
            return
        }
        #expect(until == .seconds(1))
    }

    @Test("After a pause one request alone tries; when it gets through the others follow")
    func probe() {
        var day = Day()
        day.want("SB")
        day.end(day.starts().first, userRefusal)
        for _ in 0..<3 { day.want("SB") }
        #expect(day.starts().isEmpty)
        day.now = .seconds(2)
        let probe = day.starts()
        #expect(probe.count == 1)
        day.end(probe.first, .passed)
        day.now = .seconds(4)
        #expect(day.starts().count == 1)
        day.now = .seconds(5)
        #expect(day.starts().count == 1)
    }

    @Test("Pauses grow while nothing gets through, and never end before what the server asked for")
    func pauses() {
        var day = Day()
        var waits: [Duration] = []
        for retryAfter in [nil, nil, nil, Duration.seconds(30), nil, nil, nil] {
            if waits.isEmpty { day.want("SB", patience: .seconds(1000)) }
            day.end(day.starts().first, .refused(by: .user, retryAfter: retryAfter))
            day.want("SB", patience: .seconds(1000))
            guard case .wait(let until?) = day.limits.next(at: day.now) else {
                Issue.record("it does not wait")
                return
            }
            waits.append(until - day.now)
            day.now = until
        }
        #expect(waits == [1, 2, 4, 30.25, 16, 16, 16].map { .seconds($0) })
    }

    @Test("Requests that left together and are refused together count as one refusal")
    func wave() {
        var day = Day()
        for _ in 0..<4 { day.want("SB") }
        for ticket in day.starts() { day.end(ticket, userRefusal) }
        day.want("SB")
        guard case .wait(let until) = day.limits.next(at: day.now) else {
            Issue.record("it does not wait")
            return
        }
        #expect(until == .seconds(1))
    }

    @Test("What refuses one user only is that user's, until it strikes another, too")
    func unnamed() {
        var day = Day()
        day.want("SB")
        day.end(day.starts().first, refusal)
        day.now = .milliseconds(100)
        day.want("AM")
        let other = day.starts()
        #expect(other.map(\.user) == ["AM"])
        day.end(other.first, refusal)
        day.want("RO")
        #expect(day.starts().isEmpty)
        // It was not SB's own quota: when all may go on, so may SB.
        day.now = .seconds(2)
        day.end(day.starts().first, .passed)
        day.now = .seconds(3)
        day.want("SB")
        #expect(day.starts().map(\.user) == ["SB"])
    }

    @Test("Two users refused one after the other are two matters, if somebody got through in between")
    func throughInBetween() {
        var day = Day()
        day.want("SB")
        day.end(day.starts().first, refusal)
        day.now = .milliseconds(100)
        day.want("AM")
        day.end(day.starts().first, .passed)
        day.want("RO")
        day.end(day.starts().first, refusal)
        day.now = .milliseconds(200)
        day.want("AM")
        #expect(day.starts().map(\.user) == ["AM"])
    }

    @Test("A closed quota is not waited for longer than the caller wants; others go on waiting")
    func patience() {
        var day = Day()
        day.want("SB")
        day.end(day.starts().first, .refused(by: .user, retryAfter: .seconds(90)))
        let impatient = day.want("SB", patience: .seconds(60))
        day.want("SB", patience: .seconds(120))
        #expect(day.limits.next(at: day.now) == .refuse(id: impatient, closedFor: .seconds(90.25)))
        #expect(day.limits.next(at: day.now) == .wait(until: .seconds(90.25)))
    }

    @Test("Who gives up leaves no gap")
    func abandoned() {
        var day = Day(concurrency: 1)
        let ids = (0..<3).map { _ in day.want("SB") }
        let first = day.starts()
        day.limits.abandon(ids[1])
        day.end(first.first, .passed)
        #expect(day.starts().map(\.id) == [ids[2]])
    }

    @Test("A silent end says nothing: neither open nor closed")
    func silence() {
        var day = Day()
        day.want("SB")
        day.end(day.starts().first, userRefusal)
        day.now = .seconds(2)
        day.want("SB")
        day.end(day.starts().first, .silent)
        day.now = .seconds(4)
        for _ in 0..<2 { day.want("SB") }
        #expect(day.starts().count == 1)
    }

    @Test(
        "The speed that a quota allows is learned: few refusals, and most of it is used",
        arguments: [["SB"], ["SB", "AM", "RO"]])
    func learns(users: [String]) {
        var day = Day()
        day.jitter = 0.5
        let learning = day.rush(users, for: 60, quota: 10)
        #expect(learning.refused < 40)
        let learned = day.rush(users, for: 120, quota: 10)
        #expect(learned.refused <= learned.passed / 50)
        #expect(learned.passed > 600)
        // Raised, it is used again.
        let raised = day.rush(users, for: 120, quota: 1000)
        #expect(raised.refused == 0)
        #expect(raised.passed > 120 * 20)
    }
}
