/// Keeps one access token for all calls and renews it by one login, however many calls are waiting for it.
public actor TokenKeeper<Failure: Error> {
    /// What a login brings.
    public struct Grant: Sendable {
        let text: String
        let lifetime: Duration

        /// A token that lives so long.
        public init(text: String, lifetime: Duration) {
            self.text = text
            self.lifetime = lifetime
        }
    }

    /// A token in use. Numbers grow, so a call can say which token it saw refused.
    public struct Token: Sendable {
        /// What goes into the request.
        public let text: String
        /// Higher than that of every token before.
        public let number: Int
    }

    /// What the keeper needs of its client.
    public struct Source: Sendable {
        let login: @Sendable () async -> Result<Grant, Failure>
        /// Whether a failure is the server's last word, which must not be asked for again at once.
        let isRefusal: @Sendable (Failure) -> Bool
        /// What a waiting call gets whose task is cancelled.
        let cancelled: Failure
        let uptime: @Sendable () -> Duration

        /// How to log in, which failures are final, what a cancelled wait throws, and time that only grows.
        public init(
            login: @escaping @Sendable () async -> Result<Grant, Failure>, isRefusal: @escaping @Sendable (Failure) -> Bool,
            cancelled: Failure, uptime: @escaping @Sendable () -> Duration
        ) {
            self.login = login
            self.isRefusal = isRefusal
            self.cancelled = cancelled
            self.uptime = uptime
        }
    }

    /// How long a refused login is not repeated: many wrong passwords in a row may lock the account.
    static var refusalHold: Duration { .seconds(60) }

    private let source: Source
    private var current: (token: Token, renewal: Duration)?
    private var refusal: (failure: Failure, end: Duration)?
    private var login: (number: Int, task: Task<Void, Never>)?
    private var waiting: [Int: CheckedContinuation<Result<Token, Failure>, Never>] = [:]
    private var lastNumber = 0

    /// A keeper; it logs in when the first token is asked for.
    public init(_ source: Source) {
        self.source = source
    }

    /// The token; waits for a login if there is none, if it ends soon, or if its number is not above that of a token seen refused.
    public func token(after refused: Int = 0) async throws(Failure) -> Token {
        if let current, current.token.number > refused, source.uptime() < current.renewal { return current.token }
        if let refusal, source.uptime() < refusal.end { throw refusal.failure }
        return try await renew()
    }

    /// A token from a login that is under way or begins now.
    @discardableResult
    public func renew() async throws(Failure) -> Token {
        if login == nil {
            let number = nextNumber()
            login = (number, Task { finish(number, await source.login()) })
        }
        let id = nextNumber()
        // The handler's task reaches this actor only after we have suspended, that is, when the continuation is in its place.
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { waiting[id] = $0 }
        } onCancel: {
            Task { await self.leave(id) }
        }.get()
    }

    private func nextNumber() -> Int {
        lastNumber += 1
        return lastNumber
    }

    private func leave(_ id: Int) {
        guard let continuation = waiting.removeValue(forKey: id) else { return }
        continuation.resume(returning: .failure(source.cancelled))
        guard waiting.isEmpty else { return }
        login?.task.cancel()
        login = nil
    }

    private func finish(_ number: Int, _ result: Result<Grant, Failure>) {
        guard login?.number == number else { return }
        login = nil
        refusal = nil
        let outcome = result.map { Token(text: $0.text, number: number) }
        switch result {
        case .success(let grant):
            // A little before the end, so that no call starts with a token that dies on its way.
            current = (Token(text: grant.text, number: number), source.uptime() + grant.lifetime - min(.seconds(60), grant.lifetime / 10))
        case .failure(let failure):
            if source.isRefusal(failure) { refusal = (failure, source.uptime() + Self.refusalHold) }
        }
        let calls = waiting
        waiting = [:]
        for continuation in calls.values { continuation.resume(returning: outcome) }
    }
}
