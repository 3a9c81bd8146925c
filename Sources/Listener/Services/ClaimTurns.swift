import Synchronization

/// Lets the workers of a process claim runs one after the other. A claim that finds nothing answers for all who came before it began:
/// whoever is woken by the same request need not ask again.
final class ClaimTurns: Sendable {
    private struct Waiter {
        /// The turn that was taken when it came.
        let cameIn: Int
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var turn = 0
        var isTaken = false
        var waiting: [Waiter] = []
    }

    private let state = Mutex(State())

    /// Waits for the turn to claim; whoever gets it has to ``leave(foundNothing:)``. False: a claim that began since found nothing.
    func enter() async -> Bool {
        await withCheckedContinuation { continuation in
            let isMine = state.withLock { state in
                if state.isTaken {
                    state.waiting.append(Waiter(cameIn: state.turn, continuation: continuation))
                    return false
                }
                state.isTaken = true
                state.turn += 1
                return true
            }
            if isMine { continuation.resume(returning: true) }
        }
    }

    /// Ends the turn. Nothing was found only if the hub said so.
    func leave(foundNothing: Bool) {
        let (answered, next) = state.withLock { state in
            // Who came while this claim was under way may have been woken by what it did not see yet.
            let answered = foundNothing ? state.waiting.filter { $0.cameIn < state.turn } : []
            if foundNothing { state.waiting.removeAll { $0.cameIn < state.turn } }
            let next = state.waiting.isEmpty ? nil : state.waiting.removeFirst()
            if next == nil { state.isTaken = false } else { state.turn += 1 }
            return (answered, next)
        }
        for waiter in answered { waiter.continuation.resume(returning: false) }
        next?.continuation.resume(returning: true)
    }
}
