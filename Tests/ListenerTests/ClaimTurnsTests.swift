import Synchronization
import TestSupport
import Testing

@testable import Listener

struct ClaimTurnsTests {
    private let turns = ClaimTurns()
    private let executor = StepExecutor()

    /// Starts a waiter and lets it get into the line.
    private func waiter() -> Task<Bool, Never> {
        let task = Task(executorPreference: executor) { await turns.enter() }
        executor.run()
        return task
    }

    private func answer(to waiter: Task<Bool, Never>) async -> Bool {
        executor.run()
        return await waiter.value
    }

    @Test func oneClaimsAtATime() async {
        #expect(await turns.enter())
        let second = waiter()
        turns.leave(foundNothing: false)
        #expect(await answer(to: second))
    }

    @Test func whoCameWhileAClaimWasUnderWayClaimsAgainEvenIfItFoundNothing() async {
        #expect(await turns.enter())
        let second = waiter()
        turns.leave(foundNothing: true)
        #expect(await answer(to: second))
    }

    @Test func aClaimThatFindsNothingAnswersForAllWhoCameBeforeItBegan() async {
        #expect(await turns.enter())
        let second = waiter()
        let third = waiter()
        let fourth = waiter()
        turns.leave(foundNothing: false)
        #expect(await answer(to: second))
        let late = waiter()
        turns.leave(foundNothing: true)
        #expect(await !answer(to: third))
        #expect(await !answer(to: fourth))
        #expect(await answer(to: late))
        turns.leave(foundNothing: true)
        #expect(await turns.enter())
    }

    @Test func aClaimThatFailedAnswersForNobody() async {
        #expect(await turns.enter())
        let second = waiter()
        let third = waiter()
        turns.leave(foundNothing: false)
        #expect(await answer(to: second))
        turns.leave(foundNothing: false)
        #expect(await answer(to: third))
    }

    private final class Counts: Sendable {
        let inside = Atomic(0)
        let claims = Atomic(0)
    }

    @Test func manyWorkersNeverClaimTogetherAndAllComeBack() async {
        let counts = Counts()
        await withTaskGroup(of: Void.self) { [turns] group in
            for _ in 0..<8 {
                group.addTask {
                    for round in 0..<200 where await turns.enter() {
                        #expect(counts.inside.add(1, ordering: .sequentiallyConsistent).newValue == 1)
                        await Task.yield()
                        counts.inside.subtract(1, ordering: .sequentiallyConsistent)
                        counts.claims.add(1, ordering: .relaxed)
                        turns.leave(foundNothing: round.isMultiple(of: 2))
                    }
                }
            }
        }
        #expect(counts.claims.load(ordering: .relaxed) > 0)
        #expect(await turns.enter())
    }
}
