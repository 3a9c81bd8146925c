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
              calendar-sync run --full-content             trusts no timestamp and no sync token
            """)

    @Option(help: "1 new in Advoware, 2 new in Google, 3 deleted, 4 changed; all four without it.")
    var phase: Int?

    @Option(help: ArgumentHelp("Kürzel of one employee; all without it.", valueName: "kuerzel"))
    var employee: String?

    @Flag(help: "Read both sides whole and compare the content of every pair.")
    var fullContent = false

    @Flag(help: "Plan only; nothing is changed anywhere.")
    var dryRun = false

    @Option(help: ArgumentHelp("Seconds to wait for the end; the request goes on after that. No limit without it.", valueName: "seconds"))
    var timeout: Int?

    @OptionGroup var options: Options

    func validate() throws {
        if let phase, !(1...4).contains(phase) { throw ValidationError("--phase \(phase): allowed are 1, 2, 3 and 4") }
        if let timeout, timeout < 1 { throw ValidationError("--timeout \(timeout): expected at least 1 second") }
    }

    func run() async throws {
        try await withReports {
            let configuration = try options.configuration()
            let hub = try await HubClient.connect(configuration.postgres)
            var requestID: Int64?
            if try await hub.isListenerAlive() {
                let asked = try await ask(hub)
                if let status = try await follow(hub, asked, whileListenersLive: true) { return status }
                // The last listener was lost meanwhile: this process takes over.
                requestID = asked
            }

            let log = configuration.log
            let program = try ListenerProgram(configuration, log: log)
            let result = Mutex<Result<CommandStatus, any Error>?>(nil)
            // Nothing thrown here may be lost: the listener's own end says nothing about the request.
            try await program.run(
                until: { [requestID] in
                    let outcome: Result<CommandStatus, any Error>
                    do {
                        // An employee is known once a listener has read them; a single one may be asked for before that.
                        if requestID == nil, employee != nil { try await program.readEmployees(into: hub) }
                        let asked = if let requestID { requestID } else { try await ask(hub) }
                        outcome = .success(try await follow(hub, asked, whileListenersLive: false) ?? .problems)
                    } catch {
                        outcome = .failure(error)
                    }
                    result.withLock { $0 = outcome }
                },
                onOverdue: { leave(.problems) })
            return try result.withLock { $0 }?.get() ?? .problems
        }
    }

    private func ask(_ hub: HubClient) async throws -> Int64 {
        let requestID = try await hub.requestSync(phase: phase, employee: employee, fullContent: fullContent, dryRun: dryRun)
        print("request \(requestID)", to: .stdout)
        return requestID
    }

    /// Shows a request's progress and end; nil when nobody is left who could serve it.
    private func follow(_ hub: HubClient, _ requestID: Int64, whileListenersLive: Bool) async throws -> CommandStatus? {
        let follower = RequestFollower(hub, requestID: requestID)
        let outcome = try await follower.follow(timeout: timeout.map { .seconds($0) }, whileListenersLive: whileListenersLive) { run in
            print("\(run.employee): \(run.status)" + (run.errorCode.map { " (\($0))" } ?? ""), to: .stdout)
        }
        switch outcome {
        case .nobodyListens: return nil
        case .timedOut:
            print("request \(requestID) has not ended in time; it goes on (calendar-sync status)", to: .stderr)
            return .problems
        case .ended(let end):
            try await Summary(hub: hub, end: end, isDryRun: dryRun).show()
            // A request that came to no run says itself why.
            let codes = end.runs.isEmpty ? [end.state.message].compactMap(\.self) : end.runs.compactMap(\.errorCode)
            return CommandStatus(requestStatus: end.state.status, runErrorCodes: codes)
        }
    }
}
