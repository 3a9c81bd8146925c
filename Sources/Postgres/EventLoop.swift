import CLibpq
import Glibc
import Synchronization

/// One thread that runs the jobs of one actor and, in between, watches the actor's socket.
///
/// libpq is made for blocking use or for exactly this: a `poll` of the socket and a wake-up descriptor. Whatever blocks, blocks here and
/// never a thread of Swift's pool.
final class EventLoop: SerialExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var watched: (socket: Int32, action: @Sendable () -> Void)?
        var thread: pthread_t?
        var isStopped = false
    }

    private let state = Mutex(State())
    /// An eventfd; readable when there is something new in `state` or for the running operation.
    private let wakeUp: Int32

    private init(wakeUp: Int32) { self.wakeUp = wakeUp }

    deinit { _ = close(wakeUp) }

    /// Starts the thread. It lives until `stop()`.
    static func start() throws(PostgresError) -> EventLoop {
        let descriptor = clibpq_eventfd()
        guard descriptor >= 0 else { throw PostgresError(.connectionFailed, "no file descriptor left for a connection (errno \(errno))") }
        let loop = EventLoop(wakeUp: descriptor)
        let retained = Unmanaged.passRetained(loop)
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<EventLoop>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, retained.toOpaque())
        guard failure == 0 else {
            retained.release()
            throw PostgresError(.connectionFailed, "no thread left for a connection (error \(failure))")
        }
        pthread_detach(thread)
        return loop
    }

    /// Ends the thread after the jobs already there.
    func stop() {
        state.withLock { $0.isStopped = true }
        wake()
    }

    /// Makes the thread look again; any thread may call it.
    func wake() {
        var one: UInt64 = 1
        // It can only fail with EAGAIN when the counter is full, and then the loop is awake anyway.
        _ = write(wakeUp, &one, 8)
    }

    /// Calls `action` on the thread whenever the socket is readable and no job runs; nil: watch nothing.
    func watch(_ socket: Int32, _ action: (@Sendable () -> Void)?) {
        state.withLock { state in state.watched = action.map { (socket, $0) } }
    }

    // MARK: SerialExecutor

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
        wake()
    }

    func isIsolatingCurrentContext() -> Bool? {
        state.withLock { $0.thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
    }

    // MARK: On the thread

    private func run() {
        // Signals belong to the program's own threads.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        clibpq_name_thread("postgres")
        state.withLock { $0.thread = pthread_self() }

        while true {
            let (jobs, watched, isStopped) = state.withLock { state in
                defer { state.jobs.removeAll() }
                return (state.jobs, state.watched, state.isStopped)
            }
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            if !jobs.isEmpty { continue }
            if isStopped { return }
            if wait(for: watched?.socket ?? -1, events: POLLIN, until: nil) != 0 { watched?.action() }
        }
    }

    /// Blocks until the socket is ready, `wake()` is called, or the time is over. Only on the thread.
    /// - Returns: what the socket is ready for; 0 if nothing.
    func wait(for socket: Int32, events: Int32, until deadline: ContinuousClock.Instant?) -> Int32 {
        assert(isIsolatingCurrentContext() == true, "this would block a thread of the pool")
        var timeout: Int32 = -1
        if let deadline {
            timeout = Int32(clamping: max(.zero, ContinuousClock.now.duration(to: deadline)).wholeMilliseconds)
        }
        var descriptors = [
            pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0), pollfd(fd: socket, events: Int16(events), revents: 0),
        ]
        guard poll(&descriptors, 2, timeout) > 0 else { return 0 }
        if descriptors[0].revents != 0 {
            var count: UInt64 = 0
            _ = read(wakeUp, &count, 8)
        }
        return Int32(descriptors[1].revents)
    }
}

/// Set once, from any thread, by whoever wants a running operation to end.
final class Interruption: Sendable {
    private let flag = Atomic(false)
    var isRaised: Bool { flag.load(ordering: .acquiring) }
    func raise() { flag.store(true, ordering: .releasing) }
}
