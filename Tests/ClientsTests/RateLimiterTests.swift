import Synchronization
import Testing

@testable import Clients

@Suite("The limiter", .timeLimit(.minutes(1)))
struct RateLimiterTests {
    private let limiter: RateLimiter
    private let start = ContinuousClock.now

    init() {
        limiter = RateLimiter(
            concurrency: 1, uptime: { [start] in ContinuousClock.now - start }, sleep: { try await Task.sleep(for: $0) })
    }

    private func enter(_ user: String = "SB", patience: Duration = .seconds(60)) async throws(RateLimiter.Refusal) -> RateLimiter.Ticket {
        try await limiter.enter(user: user, deadline: ContinuousClock.now - start + patience)
    }

    @Test("A cancelled wait ends at once and the next one in the queue goes on")
    func cancelled() async throws {
        let first = try await enter()
        let waiting = Task { try await enter() }
        let next = Task { try await enter() }
        try await Task.sleep(for: .milliseconds(20))
        waiting.cancel()
        await #expect(throws: RateLimiter.Refusal.cancelled) { try await waiting.value }
        await limiter.leave(first, .passed)
        _ = try await next.value
    }

    @Test("A task that is cancelled already does not wait")
    func cancelledBefore() async throws {
        let first = try await enter()
        let waiting = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await enter()
        }
        await #expect(throws: RateLimiter.Refusal.cancelled) { try await waiting.value }
        await limiter.leave(first, .passed)
    }

    @Test("A throttled user waits as long as the server asks, another one does not")
    func throttled() async throws {
        await limiter.leave(try await enter(), .refused(by: .user, retryAfter: .seconds(1)))
        let begun = ContinuousClock.now
        await limiter.leave(try await enter("AM"), .passed)
        #expect(ContinuousClock.now - begun < .milliseconds(500))
        await limiter.leave(try await enter(), .passed)
        #expect(ContinuousClock.now - begun >= .milliseconds(950))
    }

    @Test("Who will not wait so long is told at once how long it takes")
    func impatient() async throws {
        await limiter.leave(try await enter(), .refused(by: .user, retryAfter: .seconds(100)))
        do {
            _ = try await enter(patience: .seconds(60))
            Issue.record("it was let in")
        } catch {
            guard case .closed(let time) = error, time > .seconds(99), time < .seconds(101) else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("More requests are allowed while some wait")
    func allowed() async throws {
        let first = try await enter()
        let second = Task { try await enter() }
        try await Task.sleep(for: .milliseconds(20))
        await limiter.allow(2)
        let ticket = try await second.value
        await limiter.leave(first, .passed)
        await limiter.leave(ticket, .passed)
        #expect(await limiter.concurrency == 2)
    }
}
