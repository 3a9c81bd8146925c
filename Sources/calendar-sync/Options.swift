import ArgumentParser
import Foundation
import Listener

/// What every command needs.
struct Options: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("File with KEY=VALUE lines; the process's environment wins over it.", valueName: "path"))
    var envFile: String?

    /// - Throws: `ConfigurationError`.
    func configuration() throws -> Configuration {
        try Configuration.load(envFile: envFile, environment: ProcessInfo.processInfo.environment)
    }
}
