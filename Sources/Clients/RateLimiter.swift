/// Whose quota a refusal was about.
public enum Quota: Sendable, Hashable {
    /// That of the user the request was made for.
    case user
    /// The answer does not say.
    case unnamed
}

/// What the end of a request says about the quotas.
enum Verdict: Sendable, Hashable {
    /// It was let in, whatever the answer.
    case passed
    /// Nothing.
    case silent
    /// It was one too many.
    case refused(by: Quota, retryAfter: Duration?)
}

/// Lets all calls of a process to one remote system take turns: so many requests in flight, and no faster than the system has shown to like.
/// See ``RateLimits`` for who is next.
actor RateLimiter {
    /// Why a request may not be sent.
    enum Refusal: Error, Sendable, Hashable {
        /// The quota is closed for so long, which is more than the caller wants to wait.
        case closed(for: Duration)
        /// The task was cancelled.
        case cancelled
    }

    /// The right to send one request; every one is given back by ``leave(_:_:)``.
    struct Ticket: Sendable, Hashable {
        let inner: RateLimits.Ticket
        /// When it was given.
        var startedAt: Duration { inner.startedAt }
    }

    private let uptime: @Sendable () -> Duration
    private let sleep: @Sendable (Duration) async throws -> Void
    private var limits: RateLimits
    private(set) var waiting: [Int: CheckedContinuation<Result<Ticket, Refusal>, Never>] = [:]
    private var alarm: (time: Duration, task: Task<Void, Never>)?

    /// A limiter that knows nothing yet.
    ///
    /// - Parameters:
    ///   - concurrency: how many requests may be in flight, at least 1.
    ///   - uptime: time that only grows.
    ///   - sleep: waits; throws when the task is cancelled.
    init(
        concurrency: Int, uptime: @escaping @Sendable () -> Duration, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        limits = RateLimits(concurrency: concurrency)
        self.uptime = uptime
        self.sleep = sleep
    }

    /// How many requests may be in flight. What is in flight already is not cut off.
    var concurrency: Int { limits.concurrency }

    /// Allows so many requests in flight from now on, at least 1.
    func allow(_ concurrency: Int) {
        limits.concurrency = max(1, concurrency)
        act()
    }

    /// Waits for the turn of a request.
    ///
    /// - Parameters:
    ///   - user: whose quota it counts against.
    ///   - deadline: how long a closed quota is waited for; waiting for others to end is not bounded by it.
    func enter(user: String, deadline: Duration) async throws(Refusal) -> Ticket {
        let id = limits.enqueue(user, deadline: deadline)
        // The handler's task reaches this actor only after we have suspended, that is, when the continuation is in its place.
        return try await withTaskCancellationHandler {
            await withCheckedContinuation {
                waiting[id] = $0
                act()
            }
        } onCancel: {
            Task { await self.abandon(id) }
        }.get()
    }

    /// The request has ended.
    func leave(_ ticket: Ticket, _ verdict: Verdict) {
        limits.ended(ticket.inner, verdict, at: uptime(), jitter: Double.random(in: 0...1))
        act()
    }

    private func abandon(_ id: Int) {
        guard let continuation = waiting.removeValue(forKey: id) else { return }
        limits.abandon(id)
        continuation.resume(returning: .failure(.cancelled))
        act()
    }

    /// Does all that can be done now.
    private func act() {
        while true {
            switch limits.next(at: uptime()) {
            case .start(let ticket):
                waiting.removeValue(forKey: ticket.id)?.resume(returning: .success(Ticket(inner: ticket)))
            case .refuse(let id, let time):
                waiting.removeValue(forKey: id)?.resume(returning: .failure(.closed(for: time)))
            case .wait(let time):
                return wake(at: time)
            }
        }
    }

    private func wake(at time: Duration?) {
        guard time != alarm?.time else { return }
        alarm?.task.cancel()
        alarm = time.map { time in
            let rest = time - uptime()
            let task = Task {
                try? await sleep(rest)
                if !Task.isCancelled { ring(time) }
            }
            return (time, task)
        }
    }

    private func ring(_ time: Duration) {
        guard alarm?.time == time else { return }
        alarm = nil
        act()
    }
}
