extension PostgresConnection {
    /// The transactions the current task is in. Child tasks inherit it, so that their queries belong to the transaction too.
    @TaskLocal private static var held: Set<TurnQueue.Owner> = []

    /// Runs `body` between BEGIN and COMMIT; if it throws or the task is cancelled, ROLLBACK instead.
    ///
    /// Queries of `body` and its child tasks belong to the transaction, those of other tasks wait for its end. (A detached task that
    /// `body` waits for would wait for ever.)
    /// - Throws: what `body` throws; `.server` if the COMMIT turned into a rollback because a statement had failed; `.invalidUse` inside
    ///   another transaction of the same connection; `.connectionLost` from the COMMIT: whether it took effect is unknown.
    public func transaction<Value: Sendable>(
        _ body: @Sendable (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        if let owner = turns.owner, Self.held.contains(owner) {
            throw PostgresError(.invalidUse, "a transaction inside a transaction of the same connection; use SAVEPOINT")
        }
        try await waitForTurn()
        let token = Token()
        let owner = ObjectIdentifier(token)
        turns.begin(owner)
        defer {
            for waiter in turns.end() { waiter.continuation.resume() }
            withExtendedLifetime(token) {}
        }
        return try await Self.$held.withValue(Self.held.union([owner])) {
            _ = try await query("BEGIN")
            do {
                let value = try await body(self)
                try Task.checkCancellation()
                let commit = try runUninterruptibly("COMMIT")
                guard commit.commandTag == "COMMIT" else {
                    throw PostgresError(.server, "the transaction was rolled back, because a statement in it had failed")
                }
                return value
            } catch {
                // Without a transaction (COMMIT failed) it is a warning of the server's; without a connection there is nothing to undo.
                if isUsable { _ = try? runUninterruptibly("ROLLBACK") }
                throw error
            }
        }
    }

    /// Returns as soon as no transaction of others is open.
    func waitForTurn() async throws(PostgresError) {
        while !turns.mayProceed(Self.held) {
            let id = turns.nextID()
            await withTaskCancellationHandler {
                await withCheckedContinuation { turns.wait(.init(id: id, continuation: $0)) }
            } onCancel: {
                // Runs on the actor, hence after the waiter is in the queue.
                Task { await self.abandon(id) }
            }
            if Task.isCancelled { throw PostgresError(.cancelled, "cancelled while waiting for the end of a transaction") }
        }
    }

    private func abandon(_ id: Int) { turns.abandon(id)?.continuation.resume() }

    /// Its address is the transaction's name while it lives.
    private final class Token: Sendable {}
}
