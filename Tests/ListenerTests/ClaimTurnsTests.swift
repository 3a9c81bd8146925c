import Synchronization
import Testing

@testable import Listener

struct ClaimTurnsTests {
    private let turns = ClaimTurns()

    /// Starts a waiter and lets it get into the line.
    private func waiter() async -> Task<Bool, Never> {
        let task = Task { await turns.enter() }
        try? await Task.sleep(for: .milliseconds(50))
        return task
    }

    @Test func oneClaimsAtATime() async {
        #expect(await turns.enter())
        let second = await waiter()
        turns.leave(foundNothing: false)
        #expect(await second.value)
    }

    @Test func whoCameWhileAClaimWasUnderWayClaimsAgainEvenIfItFoundNothing() async {
        #expect(await turns.enter())
        let second = await waiter()
        turns.leave(foundNothing: true)
        #expect(await second.value)
    }

    @Test func aClaimThatFindsNothingAnswersForAllWhoCameBeforeItBegan() async {
        #expect(await turns.enter())
        let second = await waiter()
        let third = await waiter()
        let fourth = await waiter()
        turns.leave(foundNothing: false)
        #expect(await second.value)
        let late = await waiter()
        turns.leave(foundNothing: true)
        #expect(await !third.value)
        #expect(await !fourth.value)
        #expect(await late.value)
        turns.leave(foundNothing: true)
        #expect(await turns.enter())
    }

    @Test func aClaimThatFailedAnswersForNobody() async {
        #expect(await turns.enter())
        let second = await waiter()
        let third = await waiter()
        turns.leave(foundNothing: false)
        #expect(await second.value)
        turns.leave(foundNothing: false)
        #expect(await third.value)
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
