/// What a login brings: a token that lives so long.
public struct TokenGrant: Sendable {
    let text: String
    let lifetime: Duration

    /// Nil if the text cannot be sent in a header field.
    public init?(_ text: String?, lifetime: Duration) {
        guard let text, !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        self.text = text
        self.lifetime = lifetime
    }
}

/// Holds one access token for all calls and renews it by a single flight: one login, however many calls are waiting for it.
actor TokenCache<Code: RemoteCode> {
    typealias Failure = RemoteError<Code>

    /// A token in use. Numbers grow, so a call can say which token it saw refused.
    struct Token: Sendable {
        /// What goes into the request.
        let text: String
        /// Higher than that of every token before.
        let number: Int
    }

    /// How long a refused login is not repeated: many wrong passwords in a row may lock the account.
    static var refusalHold: Duration { .seconds(60) }

    private let uptime: @Sendable () -> Duration
    private let login: @Sendable () async throws(Failure) -> TokenGrant
    private var current: (token: Token, renewal: Duration)?
    private var refusal: (failure: Failure, end: Duration)?
    private var flight: (number: Int, task: Task<Void, Never>)?
    private(set) var waiting: [Int: CheckedContinuation<Result<Token, Failure>, Never>] = [:]
    private var lastNumber = 0

    /// It logs in when the first token is asked for.
    init(uptime: @escaping @Sendable () -> Duration, login: @escaping @Sendable () async throws(Failure) -> TokenGrant) {
        self.uptime = uptime
        self.login = login
    }

    /// The token; waits for a login if there is none, if it ends soon, or if its number is not above that of a token seen refused.
    func token(after refused: Int = 0) async throws(Failure) -> Token {
        if let current, current.token.number > refused, uptime() < current.renewal { return current.token }
        if let refusal, uptime() < refusal.end { throw refusal.failure }
        return try await renew()
    }

    /// A token from a login that is under way or begins now.
    @discardableResult
    func renew() async throws(Failure) -> Token {
        if flight == nil {
            let number = nextNumber()
            flight = (number, Task { finish(number, await result()) })
        }
        let id = nextNumber()
        // The handler's task reaches this actor only after we have suspended, that is, when the continuation is in its place.
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { waiting[id] = $0 }
        } onCancel: {
            Task { await self.leave(id) }
        }.get()
    }

    private func result() async -> Result<TokenGrant, Failure> {
        do throws(Failure) { return .success(try await login()) } catch { return .failure(error) }
    }

    private func nextNumber() -> Int {
        lastNumber += 1
        return lastNumber
    }

    private func leave(_ id: Int) {
        guard let continuation = waiting.removeValue(forKey: id) else { return }
        continuation.resume(returning: .failure(Failure(.cancelled, operation: RemoteCall.login)))
        guard waiting.isEmpty else { return }
        flight?.task.cancel()
        flight = nil
    }

    private func finish(_ number: Int, _ result: Result<TokenGrant, Failure>) {
        guard flight?.number == number else { return }
        flight = nil
        refusal = nil
        let outcome = result.map { Token(text: $0.text, number: number) }
        switch result {
        case .success(let grant):
            // A little before the end, so that no call starts with a token that dies on its way.
            current = (Token(text: grant.text, number: number), uptime() + grant.lifetime - min(.seconds(60), grant.lifetime / 10))
        case .failure(let failure):
            if failure.isLoginRefusal { refusal = (failure, uptime() + Self.refusalHold) }
        }
        let calls = waiting
        waiting = [:]
        for continuation in calls.values { continuation.resume(returning: outcome) }
    }
}
