import Synchronization

/// Wakes everybody who waits for work. A wake-up that comes while somebody works is kept for them, once.
final class WakeSignal: Sendable {
    private struct Sinks {
        var next = 0
        var open: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    private let sinks = Mutex(Sinks())

    /// Yields at once, because there may be work already, and then whenever `wake()` is called.
    func subscribe() -> AsyncStream<Void> {
        let (stream, sink) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = sinks.withLock { sinks in
            sinks.next += 1
            sinks.open[sinks.next] = sink
            return sinks.next
        }
        sink.onTermination = { [weak self] _ in self?.sinks.withLock { $0.open[id] = nil } }
        sink.yield()
        return stream
    }

    func wake() {
        for sink in sinks.withLock({ Array($0.open.values) }) { sink.yield() }
    }
}
