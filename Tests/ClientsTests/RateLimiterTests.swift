import TestSupport
import Testing

@testable import Clients

@Suite("The limiter", .timeLimit(.minutes(1)))
struct RateLimiterTests {
    private let limiter: RateLimiter
    private let time = FakeTime()

    init() {
        limiter = RateLimiter(concurrency: 1, uptime: { [time] in time.uptime }, sleep: { [time] in try time.sleep($0) })
    }

    private func enter(_ user: String = "SB", patience: Duration = .seconds(60)) async throws(RateLimiter.Refusal) -> RateLimiter.Ticket {
        try await limiter.enter(user: user, deadline: time.uptime + patience)
    }

    @Test("A cancelled wait ends at once and the next one in the queue goes on")
    func cancelled() async throws {
        let first = try await enter()
        let waiting = Task { try await enter() }
        let next = Task { try await enter() }
        await until { await limiter.waiting.count == 2 }
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
        await limiter.leave(try await enter("AM"), .passed)
        #expect(time.uptime == .zero)
        await limiter.leave(try await enter(), .passed)
        #expect(time.uptime >= .seconds(1) && time.uptime <= .milliseconds(1_250))
    }

    @Test("Who will not wait so long is told at once how long it takes")
    func impatient() async throws {
        await limiter.leave(try await enter(), .refused(by: .user, retryAfter: .seconds(100)))
        do {
            _ = try await enter(patience: .seconds(60))
            Issue.record("it was let in")
        } catch {
            guard case .closed(let time) = error, time >= .seconds(100), time <= .milliseconds(100_250) else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("More requests are allowed while some wait")
    func allowed() async throws {
        let first = try await enter()
        let second = Task { try await enter() }
        await until { await limiter.waiting.count == 1 }
        await limiter.allow(2)
        let ticket = try await second.value
        await limiter.leave(first, .passed)
        await limiter.leave(ticket, .passed)
        #expect(await limiter.concurrency == 2)
    }
}
