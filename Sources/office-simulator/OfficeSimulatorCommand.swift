import ArgumentParser
import Foundation
import OfficeSimulator

/// Starts the simulated office on a loopback port and says where.
@main
struct OfficeSimulatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "office-simulator",
        abstract: "A law office's Advoware and Google Calendar on a loopback port, for trials and tests.",
        discussion: """
            Prints one line of JSON, {"url": "http://127.0.0.1:PORT"}, when it is ready.
            GET /control/weaknesses lists what can be made to go wrong.

            Example: office-simulator --employees 5 --termine 40 --env-file office.env
            """)

    @Option(help: "Port on 127.0.0.1; 0 takes a free one.")
    var port: UInt16 = 0

    @Option(help: "Decides all chance: the same seed makes the same office and the same faults.")
    var seed: UInt64 = 1

    @Option(help: "How many employees the office has (0 to 2000).")
    var employees = 5

    @Option(help: "How many Termine each employee has (0 to 20000).")
    var termine = 40

    @Option(help: "Write the ADVOWARE_ and GOOGLE_ variables for calendar-sync into this file.")
    var envFile: String?

    @Option(help: "Write the service account's key file here (default: beside the env file).")
    var serviceAccount: String?

    func validate() throws {
        guard (0...2000).contains(employees) else { throw ValidationError("--employees: \(employees) is out of range; allowed: 0 to 2000") }
        guard (0...20_000).contains(termine) else { throw ValidationError("--termine: \(termine) is out of range; allowed: 0 to 20000") }
    }

    func run() async throws {
        let simulator = try Simulator(seed: seed, employees: employees, termine: termine)
        let server = try SimulatorServer(simulator: simulator, port: port)
        let keyPath = (serviceAccount ?? envFile.map { $0 + ".service-account.json" }).map { URL(fileURLWithPath: $0).path }
        try await server.run { [envFile] url in
            if let keyPath {
                try Simulator.writePrivate(await simulator.serviceAccountFile(url: url), to: keyPath)
                if let envFile {
                    try Simulator.writePrivate(await simulator.environmentFile(url: url, serviceAccount: keyPath), to: envFile)
                }
            }
            try FileHandle.standardOutput.write(contentsOf: Data("{\"url\": \"\(url)\"}\n".utf8))
        }
    }
}
