import Glibc
public import Logging

/// Where log lines go: stderr, so that stdout belongs to what a command prints.
public enum Logs {
    /// The logger of one process. No process-wide logging system is set up, so that tests and programs can have several.
    public static func make(level: Logger.Level, format: Configuration.LogFormat) -> Logger {
        var logger = Logger(label: "") { label in
            switch format {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler(write: writeLine)
            }
        }
        logger.logLevel = level
        return logger
    }

    /// One write per line, so that lines of several threads do not mix.
    @Sendable private static func writeLine(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

extension Configuration {
    /// The program's log as configured.
    public var log: Logger { Logs.make(level: logLevel, format: logFormat) }
}
