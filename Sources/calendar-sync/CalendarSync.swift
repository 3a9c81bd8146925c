import ArgumentParser
import Glibc
import Listener

/// The program. Its commands do nothing but read arguments, call the listener's module and print.
@main
struct CalendarSync: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calendar-sync",
        abstract: "Keeps Advoware and Google Calendar in step, as decided by the hub in PostgreSQL.",
        discussion: """
            The configuration comes from the environment and from --env-file; the environment wins.

            Exit codes: 0 all good; 1 something failed, was held or waits for a listener that is not there, or a login is refused; 2 wrong usage or configuration; \
            3 a remote system or the database cannot be reached.

            EXAMPLES
              calendar-sync check --env-file .env
              calendar-sync listen --env-file .env
              calendar-sync run --employee SB --dry-run
              calendar-sync status
            """,
        subcommands: [ListenCommand.self, RunCommand.self, CheckCommand.self, StatusCommand.self])

    static func main() async {
        // `run | head` must not take the listener with it when the reader leaves.
        signal(SIGPIPE, SIG_IGN)
        keepMemorySmall()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            leave(.good)
        } catch let status as CommandStatus {
            leave(status)
        } catch {
            // The parser's own code for wrong usage is 64; ours is 2. Help and version are no errors and go to stdout.
            let message = fullMessage(for: error)
            let isGood = exitCode(for: error) == .success
            print(message, to: isGood ? .stdout : .stderr)
            leave(isGood ? .good : .usage)
        }
    }
}

extension CommandStatus: Error {}

/// A run holds whole lists for a short while. glibc would keep them: in an arena for each thread, of which every session has one, and below
/// a limit for large pieces that it raises with every one that is freed.
private func keepMemorySmall() {
    mallopt(M_ARENA_MAX, 2)
    mallopt(M_MMAP_THRESHOLD, 256 << 10)
}

/// Ends the process at once.
///
/// Not `exit`: that unloads libraries while the threads of closed connections are still ending, and both then free the same thread-local
/// memory (libpq brings GSSAPI and LDAP along).
func leave(_ status: CommandStatus) -> Never {
    fflush(nil)
    _exit(status.rawValue)
}
