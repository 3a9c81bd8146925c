/// Decides which request may be sent next: so many at a time, and each quota as fast as it has shown to allow.
///
/// Users take turns, so that nobody waits behind another's queue, and who is throttled holds nobody up; of one user the first comes first.
/// Pure bookkeeping; ``RateLimiter`` acts on what it says.
struct RateLimits: Sendable {
    /// The right to send one request, to be given back.
    struct Ticket: Sendable, Hashable {
        let id: Int
        let user: String
        let startedAt: Duration
        /// How many requests started in a second when this one did: of the user, of all.
        let userSpeed, commonSpeed: Double
    }

    /// What happens next.
    enum Decision: Sendable, Hashable {
        case start(Ticket)
        /// The quota is closed for longer than this one wants to wait.
        case refuse(id: Int, closedFor: Duration)
        /// Nothing until then; nil: until a request ends or another comes.
        case wait(until: Duration?)
    }

    private struct Waiter {
        let id: Int
        let deadline: Duration
    }

    private struct Lane {
        var throttle = Throttle()
        var waiting: [Waiter] = []
        var inFlight = 0
    }

    private struct Suspicion {
        let at: Duration
        /// As it was before.
        let throttle: Throttle
    }

    /// How many requests may be in flight.
    var concurrency: Int
    private var common = Throttle()
    private var lanes: [String: Lane] = [:]
    /// The users that wait, the one whose turn is next first.
    private var turns: [String] = []
    /// Users refused lately for a reason that does not say whose quota it was, when nobody has got through since.
    private var suspicions: [String: Suspicion] = [:]
    private var inFlight = 0
    private var lastID = 0

    /// Two users refused so close together are refused for the same reason.
    static let closeTogether = Duration.seconds(10)

    init(concurrency: Int) { self.concurrency = max(1, concurrency) }

    /// Somebody wants to send a request.
    ///
    /// - Parameter deadline: when the quota is known to stay closed until then, it is refused at once.
    mutating func enqueue(_ user: String, deadline: Duration) -> Int {
        lastID += 1
        lanes[user, default: Lane()].waiting.append(Waiter(id: lastID, deadline: deadline))
        if !turns.contains(user) { turns.append(user) }
        return lastID
    }

    /// Does not want to any more.
    mutating func abandon(_ id: Int) {
        for user in turns {
            guard let place = lanes[user]?.waiting.firstIndex(where: { $0.id == id }) else { continue }
            remove(user, place)
            return
        }
    }

    mutating func next(at now: Duration) -> Decision {
        if let refusal = refusal(at: now) { return refusal }
        guard inFlight < concurrency else { return .wait(until: nil) }
        var wake: Duration?
        for user in turns {
            guard let one = common.opening, let other = lanes[user]?.throttle.opening else { continue }
            let opening = max(one, other)
            if opening <= now { return start(user, at: now) }
            wake = min(wake ?? opening, opening)
        }
        return .wait(until: wake)
    }

    private mutating func refusal(at now: Duration) -> Decision? {
        for user in turns {
            guard let lane = lanes[user] else { continue }
            let end = max(common.closedUntil, lane.throttle.closedUntil)
            guard end > now, let place = lane.waiting.firstIndex(where: { $0.deadline <= end }) else { continue }
            remove(user, place)
            return .refuse(id: lane.waiting[place].id, closedFor: end - now)
        }
        return nil
    }

    private mutating func start(_ user: String, at now: Duration) -> Decision {
        guard var lane = lanes[user], let first = lane.waiting.first else { return .wait(until: nil) }
        let userSpeed = lane.throttle.started(at: now)
        lane.inFlight += 1
        lanes[user] = lane
        remove(user, 0)
        // The others come before this one's next.
        if turns.contains(user) {
            turns.removeAll { $0 == user }
            turns.append(user)
        }
        inFlight += 1
        return .start(Ticket(id: first.id, user: user, startedAt: now, userSpeed: userSpeed, commonSpeed: common.started(at: now)))
    }

    /// A request has ended.
    mutating func ended(_ ticket: Ticket, _ verdict: Verdict, at now: Duration, jitter: Double) {
        guard var lane = lanes[ticket.user] else { return }
        inFlight -= 1
        lane.inFlight -= 1
        lane.throttle.ended(startedAt: ticket.startedAt)
        common.ended(startedAt: ticket.startedAt)
        switch verdict {
        case .silent: break
        case .passed:
            lane.throttle.passed(startedAt: ticket.startedAt, at: now)
            common.passed(startedAt: ticket.startedAt, at: now)
            suspicions = suspicions.filter { $0.value.at >= ticket.startedAt }
        case .refused(let quota, let retryAfter):
            if quota == .unnamed, isEverybodys(ticket, at: now) {
                common.refused(
                    startedAt: ticket.startedAt, speed: ticket.commonSpeed, at: now, retryAfter: retryAfter, jitter: jitter)
                lanes[ticket.user] = lane
                return absolve()
            } else {
                if quota == .unnamed, suspicions[ticket.user] == nil {
                    suspicions[ticket.user] = Suspicion(at: now, throttle: lane.throttle)
                }
                lane.throttle.refused(
                    startedAt: ticket.startedAt, speed: ticket.userSpeed, at: now, retryAfter: retryAfter, jitter: jitter)
            }
        }
        lanes[ticket.user] = lane
        forget(ticket.user, at: now)
    }

    /// Whether a refusal that names no quota is about all users. Google says `rateLimitExceeded` of a single calendar's quota, too: what
    /// has struck one user only must not stop the others.
    private func isEverybodys(_ ticket: Ticket, at now: Duration) -> Bool {
        common.isOld(ticket.startedAt) || common.isShut
            || suspicions.contains { $0.key != ticket.user && now - $0.value.at < Self.closeTogether }
    }

    /// It was not the suspects' own quota.
    private mutating func absolve() {
        for (user, suspicion) in suspicions {
            guard let lane = lanes[user] else { continue }
            common.close(until: lane.throttle.closedUntil)
            lanes[user]?.throttle = suspicion.throttle
        }
        suspicions = [:]
    }

    private mutating func remove(_ user: String, _ place: Int) {
        lanes[user]?.waiting.remove(at: place)
        if lanes[user]?.waiting.isEmpty ?? true { turns.removeAll { $0 == user } }
    }

    private mutating func forget(_ user: String, at now: Duration) {
        guard let lane = lanes[user], lane.waiting.isEmpty, lane.inFlight == 0, lane.throttle.isForgotten(at: now) else { return }
        lanes[user] = nil
    }
}
