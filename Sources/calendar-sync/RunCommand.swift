import ArgumentParser
import Listener
import Synchronization

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Asks the hub for a sync, shows its progress and its result.",
        discussion: """
            If no listener is alive, this process is one until the request ends.

            EXAMPLES
              calendar-sync run                            all four phases, all employees
              calendar-sync run --phase 3 --employee SB    one phase of one employee
              calendar-sync run --dry-run                  plans only, and shows the plan with its reasons
              calendar-sync run --recheck                  trusts no timestamp and no sync token
              calendar-sync run --anonymized               turns anonymisation on first; it is turned off in the hub
            """)

    @Option(help: "1 new in Advoware, 2 new in Google, 3 deleted, 4 changed; all four without it.")
    var phase: Int?

    @Option(help: ArgumentHelp("Kürzel of one employee; all without it.", valueName: "kuerzel"))
    var employee: String?

    @Flag(help: "Read both sides whole and compare the content of every pair.")
    var recheck = false

    @Flag(help: "Turn anonymisation on for whom it is run (full_content = false); it stays on until it is turned off in the hub.")
    var anonymized = false

    @Flag(help: "Plan only; nothing is changed anywhere.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "Seconds to wait for the end; after that a listener goes on with the request. No limit without it.", valueName: "seconds"))
    var timeout: Int?

    @OptionGroup var options: Options

    func validate() throws {
        if let phase, !(1...4).contains(phase) { throw ValidationError("--phase: \(phase) is not a phase; allowed: 1 to 4") }
        if let timeout, timeout < 1 { throw ValidationError("--timeout \(timeout): expected at least 1 second") }
    }

    func run() async throws {
        try await withReports {
            let configuration = try options.configuration()
            let hub = try await HubClient.connect(configuration.postgres)
            let display = ProgressDisplay()
            var requestID: Int64?
            if try await hub.isListenerAlive() {
                let asked = try await ask(hub)
                if let status = try await follow(hub, asked, whileListenersLive: true, on: display) { return status }
                // The last listener was lost meanwhile: this process takes over.
                requestID = asked
            }

            return try await serve(hub, requestID, configuration, on: display)
        }
    }

    /// Is the listener itself until the request ends.
    private func serve(
        _ hub: HubClient, _ askedAlready: Int64?, _ configuration: Configuration, on display: ProgressDisplay
    ) async throws -> CommandStatus {
        var log = configuration.log
        if display.isOnTerminal { log.handler = AsideLogHandler(log.handler, display) }
        let program = try ListenerProgram(configuration, log: log)
        let progress = Mutex(Progress(requestID: askedAlready))
        var failure: (any Error)?
        do {
            try await program.run(
                until: {
                    do {
                        let requestID: Int64
                        if let askedAlready {
                            requestID = askedAlready
                        } else {
                            requestID = try await program.ask(hub, for: wish)
                            progress.withLock { $0.requestID = requestID }
                            print("request \(requestID)", to: .stdout)
                        }
                        let status = try await follow(hub, requestID, whileListenersLive: false, on: display) ?? .problems
                        progress.withLock { $0.result = .success(status) }
                    } catch  where !Task.isCancelled {
                        progress.withLock { $0.result = .failure(error) }
                    } catch {
                        // Cut off because the process leaves: there is no result.
                    }
                },
                onOverdue: {
                    // What the listener does for others is left to the next one.
                    do {
                        leave(try progress.withLock { $0 }.end())
                    } catch {
                        report(error)
                        leave(CommandStatus(error))
                    }
                })
        } catch {
            failure = error
        }
        let reached = progress.withLock { $0 }
        if let failure {
            // The listener's own end says nothing about a request that has one.
            if reached.result == nil { throw failure }
            report(failure)
        }
        return try reached.end()
    }

    /// How far this process came with its request.
    private struct Progress {
        var requestID: Int64?
        /// nil: it was interrupted.
        var result: Result<CommandStatus, any Error>?

        func end() throws -> CommandStatus {
            if let result { return try result.get() }
            let what = requestID.map { "request \($0) waits for the next listener (calendar-sync status)" } ?? "nothing was asked for"
            print("interrupted; \(what)", to: .stderr)
            return .problems
        }
    }

    private var wish: SyncWish {
        SyncWish(phase: phase, employee: employee, isAnonymized: anonymized, isRecheck: recheck, isDryRun: dryRun)
    }

    private func ask(_ hub: HubClient) async throws -> Int64 {
        let requestID = try await hub.requestSync(wish)
        print("request \(requestID)", to: .stdout)
        return requestID
    }

    /// Shows a request's progress and end; nil when nobody is left who could serve it.
    private func follow(_ hub: HubClient, _ requestID: Int64, whileListenersLive: Bool, on display: ProgressDisplay) async throws
        -> CommandStatus?
    {
        let follower = RequestFollower(hub, requestID: requestID)
        let outcome = try await follower.follow(
            timeout: timeout.map { .seconds($0) }, whileListenersLive: whileListenersLive, progressEvery: display.interval,
            onRunEnd: { run in
                display.aside { print("\(run.employee): \(run.status)" + (run.errorCode.map { " (\($0))" } ?? ""), to: .stdout) }
            }, onProgress: display.show)
        display.end()
        switch outcome {
        case .nobodyListens: return nil
        case .timedOut:
            let next = whileListenersLive ? "goes on" : "waits for the next listener"
            print("request \(requestID) has not ended in time; it \(next) (calendar-sync status)", to: .stderr)
            return .problems
        case .ended(let end):
            try await Summary(hub: hub, end: end, isDryRun: dryRun).show()
            // A request that came to no run says itself why, first of all.
            let codes = end.runs.isEmpty ? [end.state.code].compactMap(\.self) : end.runs.compactMap(\.errorCode)
            return CommandStatus(requestStatus: end.state.status, runErrorCodes: codes)
        }
    }
}
