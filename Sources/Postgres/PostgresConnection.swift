import CLibpq
import Glibc
import Synchronization

/// One session of a PostgreSQL server.
///
/// The connection has a thread of its own on which everything of libpq happens. Calls of any number of tasks are served one after the
/// other. A connection that is lost stays lost: make a new one.
public actor PostgresConnection {
    /// What the server sends for the channels of `listen`; for one consumer. It ends when the connection does. Of notifications that
    /// nobody fetches the newest 10 000 are kept.
    public nonisolated let notifications: AsyncStream<PostgresNotification>
    /// NOTICE, WARNING and the like, also while the statement that raises them still runs; for one consumer. It ends when the connection
    /// does. Of notices that nobody fetches the newest 1 000 are kept.
    public nonisolated var notices: AsyncStream<PostgresNotice> { noticeReceiver.stream }
    /// False once the connection is lost or closed. True is not a promise: a loss shows at the next contact, or after half a minute.
    public nonisolated var isUsable: Bool { usable.load(ordering: .acquiring) }
    /// The connection's own thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    nonisolated let loop: EventLoop
    private nonisolated let noticeReceiver: NoticeReceiver
    private nonisolated let usable = Atomic(false)
    /// Ends whatever is running, because the connection is to be closed.
    private nonisolated let closing = Interruption()
    private let notificationSink: AsyncStream<PostgresNotification>.Continuation
    private var handle: Handle
    private var answerTimeout: Duration?
    /// Why there is no connection any more.
    private var end: PostgresError?

    /// How long the server may take to answer a cancellation before the connection counts as lost.
    private static let cancellationLimit = Duration.seconds(10)

    private init() throws(PostgresError) {
        loop = try EventLoop.start()
        noticeReceiver = NoticeReceiver()
        (notifications, notificationSink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(10_000))
        handle = .closed(notices: noticeReceiver)
    }

    isolated deinit {
        lose(PostgresError(.closed, "the connection is closed"))
        loop.stop()
    }

    /// Connects to the first host of the list that answers in time and, if there are several, can be written to.
    /// - Throws: `.connectionFailed` with what each host said (and `sqlState`, if a server refused), `.cancelled`, `.invalidUse`.
    public static func connect(_ configuration: PostgresConfiguration) async throws(PostgresError) -> PostgresConnection {
        let connection = try PostgresConnection()
        try await connection.open(configuration)
        return connection
    }

    /// Runs one statement and waits for its result.
    ///
    /// If the task is cancelled the server is asked to stop, and the connection stays usable. A result that is there nevertheless is
    /// returned: what has happened is not denied. A call that waits behind another's statement notices its cancellation when it comes
    /// to its turn.
    /// - Throws: `.server`, `.connectionLost` (whether the statement took effect is unknown), `.cancelled`, `.closed`, `.invalidUse`.
    /// - Parameters:
    ///   - sql: one statement, with `$1`, `$2`, … for the parameters.
    ///   - parameters: the values, `$1` first.
    public func query(_ sql: String, _ parameters: [PostgresValue] = []) async throws(PostgresError) -> PostgresRows {
        try await interruptibly { interruption throws(PostgresError) in try run(sql, parameters, interruption) }
    }

    /// Subscribes to a channel; what is sent from now on arrives in `notifications`.
    /// - Parameter channel: the name exactly as it is, upper case included; 1 to 63 bytes.
    public func listen(_ channel: String) async throws(PostgresError) {
        guard (1...63).contains(channel.utf8.count) else {
            throw PostgresError(.invalidUse, "channel \"\(channel)\": a name has 1 to 63 bytes")
        }
        let name = channel.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        _ = try await query("LISTEN \"\(name)\"")
    }

    /// Whether the server still knows the subscription; it can be lost while the socket lives (a pooler, `DISCARD ALL`).
    public func isListening(on channel: String) async throws(PostgresError) -> Bool {
        let sql = "SELECT EXISTS (SELECT FROM pg_catalog.pg_listening_channels() AS c WHERE c = $1) AS listening"
        return try await query(sql, [.text(channel)]).single().bool("listening")
    }

    /// The process id of the server process, as in `pg_stat_activity`; 0 without a connection.
    public var serverPID: Int32 { handle.serverPID }

    /// Ends the session. A running statement is cancelled first; those that wait fail with `.closed`. May be called again.
    public nonisolated func close() async {
        closing.raise()
        loop.wake()
        await finish()
    }

    private func finish() { lose(PostgresError(.closed, "the connection is closed")) }
}

// MARK: - On the connection's thread

extension PostgresConnection {
    /// Runs a blocking operation on the thread; a cancellation of the task raises the interruption and wakes the thread.
    private func interruptibly<Value: Sendable>(
        _ operation: (Interruption) throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        let interruption = Interruption()
        // The closure runs on this thread only because it captures `self`.
        let result = await withTaskCancellationHandler {
            self.attempt(operation, interruption)
        } onCancel: { [loop] in
            interruption.raise()
            loop.wake()
        }
        return try result.get()
    }

    private func attempt<Value>(
        _ operation: (Interruption) throws(PostgresError) -> Value, _ interruption: Interruption
    ) -> Result<Value, PostgresError> {
        do throws(PostgresError) {
            return .success(try operation(interruption))
        } catch {
            return .failure(error)
        }
    }

    private func open(_ configuration: PostgresConfiguration) async throws(PostgresError) {
        try await interruptibly { interruption throws(PostgresError) in try open(configuration, interruption) }
    }

    private func open(_ configuration: PostgresConfiguration, _ interruption: Interruption) throws(PostgresError) {
        let targets = try configuration.targets()
        answerTimeout = configuration.answerTimeout
        var refusals: [PostgresError] = []
        for target in targets {
            handle = .connecting(configuration.parameters(for: target, mustBeWritable: targets.count > 1), notices: noticeReceiver)
            if let refusal = try handshake(target, until: .now + configuration.connectTimeout, interruption) {
                refusals.append(refusal)
                continue
            }
            usable.store(true, ordering: .releasing)
            loop.watch(handle.socket) { [weak self] in self?.assumeIsolated { $0.receive() } }
            return
        }
        var error = PostgresError(.connectionFailed, refusals.map(\.message).joined(separator: "; "))
        error.sqlState = refusals.lazy.compactMap(\.sqlState).first
        lose(error)
        throw error
    }

    /// - Returns: why this host will not do; nil: connected.
    private func handshake(
        _ target: PostgresConfiguration.Target, until deadline: ContinuousClock.Instant, _ interruption: Interruption
    ) throws(PostgresError) -> PostgresError? {
        var next = handle.isBroken ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while true {
            switch next {
            case PGRES_POLLING_OK where handle.becomeNonBlocking():
                return nil
            case PGRES_POLLING_READING, PGRES_POLLING_WRITING:
                if interruption.isRaised {
                    let error = PostgresError(.cancelled, "cancelled while connecting")
                    lose(error)
                    throw error
                }
                let ready = loop.wait(for: handle.socket, events: next == PGRES_POLLING_READING ? POLLIN : POLLOUT, until: deadline)
                if ready != 0 {
                    next = handle.pollConnection()
                } else if ContinuousClock.now >= deadline {
                    return PostgresError(.connectionFailed, "no answer in time from host \"\(target.host)\", port \(target.port)")
                }
            default:
                return PostgresError(.connectionFailed, connectionText: handle.message)
            }
        }
    }

    /// Sends one statement and waits for its end.
    private func run(_ sql: String, _ parameters: [PostgresValue], _ interruption: Interruption) throws(PostgresError) -> PostgresRows {
        if let end { throw end.during(sql) }
        if closing.isRaised { throw PostgresError(.closed, "the connection is being closed").during(sql) }
        if interruption.isRaised { throw PostgresError(.cancelled, "cancelled before it was sent").during(sql) }
        try check(sql, parameters)
        guard handle.send(sql, parameters) else { throw broken(nil).during(sql) }
        defer { deliverNotifications() }

        var outcome: Result<PostgresRows, PostgresError>?
        var giveUp: ContinuousClock.Instant?
        let overdue = answerTimeout.map { ContinuousClock.now + $0 }
        while true {
            let isSent = handle.flush()
            while !handle.isBusy {
                guard let result = handle.nextResult() else { return try finished(outcome, wasCancelled: giveUp != nil, sql) }
                if case .failure = outcome { continue }
                switch result.status {
                case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: outcome = .success(result.rows())
                case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                    let error = PostgresError(.invalidUse, "COPY from or to the client is not supported; the connection is closed")
                    lose(error)
                    throw error.during(sql)
                default: outcome = .failure(result.error())
                }
            }
            // Asked before the wait: whoever raises it afterwards also ends the wait.
            if giveUp == nil, interruption.isRaised || closing.isRaised {
                handle.cancelStatement()
                giveUp = .now + Self.cancellationLimit
            }
            let ready = loop.wait(for: handle.socket, events: isSent ? POLLIN : POLLIN | POLLOUT, until: giveUp ?? overdue)
            if let giveUp, ContinuousClock.now >= giveUp { throw broken("no answer to a cancellation").during(sql) }
            if let overdue, ContinuousClock.now >= overdue { throw broken("no answer in time").during(sql) }
            if ready & ~POLLOUT != 0, !handle.consumeInput() { throw broken(nil, outcome).during(sql) }
        }
    }

    private func finished(
        _ outcome: Result<PostgresRows, PostgresError>?, wasCancelled: Bool, _ sql: String
    ) throws(PostgresError) -> PostgresRows {
        if handle.isBroken { throw broken(nil, outcome).during(sql) }
        switch outcome {
        case .success(let rows): return rows
        case .failure(var error):
            if wasCancelled, error.sqlState == "57014" { error.code = closing.isRaised ? .closed : .cancelled }
            throw error.during(sql)
        case nil: throw broken("the server gave no result").during(sql)
        }
    }

    /// libpq passes C strings on: a zero would cut them short without a word.
    private func check(_ sql: String, _ parameters: [PostgresValue]) throws(PostgresError) {
        guard parameters.count <= 65_535 else { throw PostgresError(.invalidUse, "\(parameters.count) parameters; allowed: 65535 at most") }
        guard !sql.utf8.contains(0) else { throw PostgresError(.invalidUse, "the SQL text contains the character U+0000") }
        for (index, value) in parameters.enumerated() where !value.isBinary && value.hasZero {
            throw PostgresError(.invalidUse, "parameter $\(index + 1) contains the character U+0000, which no text can contain").during(sql)
        }
    }

    /// The socket is readable although nothing was asked: notifications, notices, or the end.
    private func receive() {
        guard handle.isOpen else { return }
        let isAlive = handle.consumeInput()
        deliverNotifications()
        if !isAlive { _ = broken(nil) }
    }

    private func deliverNotifications() {
        while let notification = handle.nextNotification() { notificationSink.yield(notification) }
    }

    /// The connection is lost. The best reason wins: the statement's FATAL error, the server's last words, libpq's message.
    private func broken(_ reason: String?, _ outcome: Result<PostgresRows, PostgresError>? = nil) -> PostgresError {
        var error = noticeReceiver.farewell ?? PostgresError(.connectionLost, connectionText: reason ?? handle.message)
        if case .failure(let answer) = outcome { error = answer }
        error.code = .connectionLost
        lose(error)
        return error
    }

    /// Ends the connection for good; only the first reason counts.
    private func lose(_ reason: PostgresError) {
        usable.store(false, ordering: .releasing)
        loop.watch(-1, nil)
        deliverNotifications()
        handle.finish()
        if end == nil { end = reason }
        notificationSink.finish()
        noticeReceiver.finish()
    }
}
