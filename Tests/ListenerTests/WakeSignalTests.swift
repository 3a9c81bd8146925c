import Testing

@testable import Listener

@Suite("The wake signal")
struct WakeSignalTests {
    @Test("wakes every subscriber at once, and first of all without being asked")
    func wakesAll() async {
        let wake = WakeSignal()
        var first = wake.subscribe().makeAsyncIterator()
        var second = wake.subscribe().makeAsyncIterator()
        #expect(await first.next() != nil)
        #expect(await second.next() != nil)
        wake.wake()
        #expect(await first.next() != nil)
        #expect(await second.next() != nil)
    }

    @Test("keeps one wake-up, and no more, for somebody who is busy")
    func keepsOne() async {
        let wake = WakeSignal()
        let stream = wake.subscribe()
        for _ in 0..<5 { wake.wake() }
        let counter = Task {
            var count = 0
            for await _ in stream { count += 1 }
            return count
        }
        // Cancelling ends the stream after what it holds.
        try? await Task.sleep(for: .milliseconds(50))
        counter.cancel()
        #expect(await counter.value == 1)
    }
}
