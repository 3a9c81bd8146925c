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
    /// While the hub is away or of another version it says so and waits.
    ///
    /// - Parameters:
    ///   - signals: which signals make it leave in order.
    ///   - until: started when the hub has accepted the listener; when it returns, the listener leaves. nil: it stays.
    ///   - onOverdue: called when leaving takes longer than 10 s: to end the process.
    /// - Throws: `PostgresError` `isOtherOffice` if the hub belongs to another office.
    public func run(
        signals: [UnixSignal] = [.sigterm, .sigint], until: (@Sendable () async throws -> Void)? = nil,
        onOverdue: @escaping @Sendable () -> Void
    ) async throws {
        for note in configuration.notes { log.notice("\(note)") }
        let key = try FingerprintKey(secret: configuration.fingerprintSecret)
        let listening = try await register(keyPrefix: key.prefix)
        var members: [ServiceGroupConfiguration.ServiceConfiguration] = services(key, listening, onOverdue: onOverdue).map {
            // A service that returns does so because all leave.
            .init(service: $0, successTerminationBehavior: .ignore, failureTerminationBehavior: .cancelGroup)
        }
        if let until {
            members.append(
                .init(
                    service: Until(operation: until), successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup))
        }
        try await ServiceGroup(configuration: .init(services: members, gracefulShutdownSignals: signals, logger: quietLog)).run()
        log.info("left")
    }

    /// Waits until the hub accepts this listener; only another office is final.
    ///
    /// - Returns: the session that listens: whoever sees the listener on record is heard.
    private func register(keyPrefix: String) async throws -> OpenedSession {
        let listening = OpenedSession()
        try await keeper("listen").run(isFatal: { ($0 as? PostgresError)?.isOtherOffice == true }, closing: false) { hub in
            try await hub.connection.listen(HubClient.channel)
            try await hub.start(listener: name, configuration: configuration, keyPrefix: keyPrefix)
            listening.give(hub)
        }
        try Task.checkCancellation()
        log.notice("listener started", metadata: ["listener": "\(name)", "workers": "\(configuration.workers)"])
        return listening
    }

    /// In the order of their start; they leave in reverse, so that the heart beats until the last action is written back.
    private func services(_ key: FingerprintKey, _ listening: OpenedSession, onOverdue: @escaping @Sendable () -> Void) -> [any Service] {
        let wake = WakeSignal()
        let work = WakeSignal()
        let leases = LeaseBook()
        var listenKeeper = keeper("listen")
        listenKeeper.opened = listening
        return [
            HeartbeatService(listener: name, leases: leases, remotes: remotes, keeper: keeper("heartbeat")),
            ListenService(wake: wake, work: work, keeper: listenKeeper, log: log),
            ScheduleService(wake: wake, keeper: keeper("schedule")),
            RequestService(listener: name, advoware: remotes.advoware, wake: wake, work: work, keeper: keeper("requests"), log: log),
            WorkersService(
                listener: name, count: configuration.workers, remotes: remotes, ownerEmail: configuration.google.ownerEmail, key: key,
                leases: leases, wake: work, keeper: keeper("worker"), log: log),
            ForcedExit(limit: .milliseconds(9_500), onOverdue: onOverdue),
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
    /// Reads the employees from Advoware into the hub, as every listener does at its start.
    ///
    /// - Throws: `AdvowareError`, `PostgresError`.
    public func readEmployees(into hub: HubClient) async throws {
        let list = try await remotes.advoware.employees()
        if !list.kuerzel.isEmpty { _ = try await hub.storeEmployees(list) }
    }
}

/// Keeps a listener alive as long as something lasts.
private struct Until: Service {
    let operation: @Sendable () async throws -> Void

    func run() async throws { try await cancelWhenGracefulShutdown(operation) }
}
