import ArgumentParser
import Glibc
import Listener

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Looks at configuration, database, schema version, privileges, both logins and the clocks.",
        discussion: """
            One line each, with how to fix what is red. Nothing is changed anywhere.

            EXAMPLES
              calendar-sync check --env-file .env
            """)

    @OptionGroup var options: Options

    func run() async throws {
        try await withReports {
            let configuration = try options.configuration()
            for note in configuration.notes { print("note  \(note)", to: .stdout) }
            return await Checks(configuration).run { finding in
                let isGood = finding.status == .good
                print("\(mark(isGood)) \(finding.subject): \(finding.detail)", to: .stdout)
                if let remedy = finding.remedy { print("      → \(remedy)", to: .stdout) }
            }
        }
    }

    /// In colour only where a person looks.
    private func mark(_ isGood: Bool) -> String {
        let word = isGood ? "ok   " : "FAIL "
        return isatty(STDOUT_FILENO) == 1 ? "\u{1B}[\(isGood ? 32 : 31)m\(word)\u{1B}[0m" : word
    }
}
