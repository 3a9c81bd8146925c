public import Clients
import Synchronization

/// Waits for what other tasks have to do first, however long the machine takes: whoever cares sets the test a time limit.
public func until(_ isTrue: @Sendable () async -> Bool) async {
    while await !isTrue() { await Task.yield() }
}

/// Keeps tasks waiting until it is opened.
public final class Gate: Sendable {
    private let isOpen = Atomic(false)

    /// Closed.
    public init() {}

    /// Lets everybody pass from now on.
    public func open() { isOpen.store(true, ordering: .releasing) }

    /// Waits until it is open.
    public func pass() async { await until { self.isOpen.load(ordering: .acquiring) } }
}

/// Runs tasks only when told to, and then until all of them wait: what has happened is known, not hoped for.
public final class StepExecutor: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])

    /// Nothing to do yet.
    public init() {}

    /// Keeps the job.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    /// Runs what can be run.
    public func run() {
        while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}

/// What an observer of requests was told.
public final class Records: Sendable {
    private let records = Mutex([RequestRecord]())

    /// Nothing yet.
    public init() {}

    /// In the order of the requests' ends.
    public var all: [RequestRecord] { records.withLock { $0 } }

    /// Told of one more.
    public func append(_ record: RequestRecord) { records.withLock { $0.append(record) } }
}
