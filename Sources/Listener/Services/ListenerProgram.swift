import Advoware
import Appointments
import GoogleCalendar
import HTTP
public import Logging
import Postgres
import ServiceLifecycle
import Signing
public import UnixSignals

/// The daemon: everything between the hub and the two remote systems, in one process. Any number of them may share one hub.
public struct ListenerProgram: Sendable {
    private let configuration: Configuration
    private let log: Logger
    private let name: String
    private let remotes: Remotes

    /// Prepares a listener; nothing is connected yet.
    ///
    /// - Throws: ``ConfigurationError`` if the service account's key file will not do, `HTTPError` if libcurl cannot be started.
    public init(_ configuration: Configuration, log: Logger) throws {
        self.configuration = configuration
        self.log = log
        name = Self.uniqueName()
        remotes = try Remotes(configuration)
    }

    /// Registers with the hub and works until a signal comes or the task is cancelled.
    ///
    /// While the hub is away or of another version it says so and waits; with `until` somebody waits for an answer, and only a hub that is
    /// away is waited for.
    ///
    /// - Parameters:
    ///   - signals: which signals make it leave in order.
    ///   - until: started when the hub has accepted the listener; when it returns, the listener leaves. nil: it stays.
    ///   - onOverdue: called when leaving takes longer than 10 s: to end the process.
    /// - Throws: `PostgresError` `isOtherOffice` if the hub belongs to another office, `isMisconfigured` if it can not be right with any hub.
    public func run(
        signals: [UnixSignal] = [.sigterm, .sigint], until: (@Sendable () async throws -> Void)? = nil,
        onOverdue: @escaping @Sendable () -> Void
    ) async throws {
        for note in configuration.notes { log.notice("\(note)") }
        let key = try FingerprintKey(secret: configuration.fingerprintSecret)
        let forcedExit = ForcedExit(limit: .milliseconds(9_500), onOverdue: onOverdue)
        // Around everything, so that a signal is heard from the first moment on, also while the hub is waited for.
        let life = Life {
            guard let listening = try await register(isAnswerFinal: until != nil) else { return }
            var members: [ServiceGroupConfiguration.ServiceConfiguration] = (services(key, listening) + [forcedExit]).map {
                // A service that returns does so because all leave.
                .init(service: $0, successTerminationBehavior: .ignore, failureTerminationBehavior: .cancelGroup)
            }
            if let until {
                members.append(
                    .init(
                        service: Until(operation: until), successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup))
            }
            try await ServiceGroup(configuration: .init(services: members, logger: quietLog)).run()
        }
        try await ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: life, successTerminationBehavior: .gracefullyShutdownGroup, failureTerminationBehavior: .cancelGroup),
                    .init(service: forcedExit, successTerminationBehavior: .ignore),
                ],
                gracefulShutdownSignals: signals, logger: quietLog)
        ).run()
        log.info("left")
    }

    /// Waits until the hub accepts this listener.
    ///
    /// - Parameter isAnswerFinal: whatever the hub answers is final; else only what no change of the hub can fix.
    /// - Returns: the session that listens: whoever sees the listener on record is heard. nil: the process leaves.
    private func register(isAnswerFinal: Bool) async throws -> OpenedSession? {
        let listening = OpenedSession()
        try await keeper("listen").run(
            isFatal: { error in
                guard let error = error as? PostgresError else { return isAnswerFinal }
                if error.isOtherOffice || error.code == .invalidUse { return true }
                return isAnswerFinal && (error.isMisconfigured || !(error.isConnectionLost || error.isBusy))
            }, closing: false
        ) { hub in
            try await cancelWhenGracefulShutdown {
                try await hub.connection.listen(HubClient.channel)
                try await hub.start(listener: name, configuration: configuration)
                listening.give(hub)
            }
        }
        try Task.checkCancellation()
        guard listening.isThere else { return nil }
        log.notice("listener started", metadata: ["listener": "\(name)", "workers": "\(configuration.workers)"])
        return listening
    }

    /// In the order of their start; they leave in reverse, so that the heart beats until the last action is written back.
    private func services(_ key: FingerprintKey, _ listening: OpenedSession) -> [any Service] {
        let wake = WakeSignal()
        let leases = LeaseBook()
        var listenKeeper = keeper("listen")
        listenKeeper.opened = listening
        return [
            HeartbeatService(listener: name, leases: leases, remotes: remotes, keeper: keeper("heartbeat")),
            ListenService(wake: wake, keeper: listenKeeper, log: log),
            ScheduleService(wake: wake, keeper: keeper("schedule")),
            WorkersService(
                listener: name, count: configuration.workers, remotes: remotes, ownerEmail: configuration.google.ownerEmail, key: key,
                leases: leases, wake: wake, keeper: keeper("worker"),
                employees: EmployeesReader(advoware: remotes.advoware, log: log), log: log),
        ]
    }

    private func keeper(_ service: String) -> KeepConnected {
        var postgres = configuration.postgres
        postgres.applicationName = "calendar-sync \(service)"
        if ["heartbeat", "listen"].contains(service) {
            // Their statements are short, and a session that hangs must not cost every lease.
            postgres.statementTimeout = .seconds(5)
            postgres.answerTimeout = .seconds(7)
        }
        return KeepConnected(name: service, configuration: postgres, log: log)
    }

    /// The lifecycle's own log tells how services start and stop, which nobody asks for, with all that they hold, secrets included.
    private var quietLog: Logger {
        var quiet = log
        quiet.logLevel = max(quiet.logLevel, .warning)
        return quiet
    }
}

extension ListenerProgram {
    /// Asks for a sync before this listener has read the employees: an employee is known once they have been read, so for one they are
    /// read first. A list that cannot be read hinders only who is not known yet.
    ///
    /// - Throws: `PostgresError` as ``HubClient/requestSync(_:)`` does; for an unknown employee what kept
    ///   the list from being read, if anything did.
    public func ask(_ hub: HubClient, for wish: SyncWish) async throws -> Int64 {
        var unread: (any Error)?
        if wish.employee != nil {
            do {
                let list = try await remotes.advoware.employees()
                if !list.kuerzel.isEmpty { _ = try await hub.storeEmployees(list) }
            } catch {
                unread = error
            }
        }
        do {
            return try await hub.requestSync(wish)
        } catch let error as PostgresError {
            throw error.isBadInput ? unread ?? error : error
        }
    }
}

/// All that happens between the first signal that can be heard and the last.
private struct Life: Service {
    let operation: @Sendable () async throws -> Void

    func run() async throws { try await operation() }
}

/// Keeps a listener alive as long as something lasts.
private struct Until: Service {
    let operation: @Sendable () async throws -> Void

    func run() async throws { try await cancelWhenGracefulShutdown(operation) }
}
