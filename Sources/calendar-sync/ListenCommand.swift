import ArgumentParser
import Listener

struct ListenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "listen",
        abstract: "The daemon: waits for work from the hub and does it.",
        discussion: """
            Any number of listeners, on any number of hosts, share the work. On SIGTERM or SIGINT the actions in flight are finished and \
            written back; after 10 s at most the process is gone. While the database is away it waits and comes back by itself.

            EXAMPLES
              calendar-sync listen --env-file /etc/calendar-sync.env
              CALENDAR_SYNC_LOG_FORMAT=json calendar-sync listen
            """)

    @OptionGroup var options: Options

    func run() async throws {
        try await withReports {
            let configuration = try options.configuration()
            let log = configuration.log
            try await ListenerProgram(configuration, log: log).run(onOverdue: {
                log.error("the listener took too long to leave; the next one does the rest")
                leave(.problems)
            })
            return .good
        }
    }
}
