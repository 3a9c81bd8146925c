import Advoware
import GoogleCalendar
import HTTP
import Postgres

/// How a command ends, for scripts.
public enum CommandStatus: Int32, Sendable, Comparable {
    /// All good.
    case good = 0
    /// Something failed, was held, differs, or a login is refused.
    case problems = 1
    /// Wrong usage or configuration.
    case usage = 2
    /// A remote system or the database cannot be reached.
    case unreachable = 3

    /// The higher number says more about why nothing else can be said.
    public static func < (left: CommandStatus, right: CommandStatus) -> Bool { left.rawValue < right.rawValue }

    /// What an error that ended a command means.
    public init(_ error: any Error) {
        switch error {
        case is ConfigurationError: self = .usage
        case let error as PostgresError: self.init(error)
        case let error as AdvowareError: self = error.code == .configuration ? .usage : error.isUnreachable ? .unreachable : .problems
        case let error as GoogleError: self = error.code == .configuration ? .usage : error.isUnreachable ? .unreachable : .problems
        case is HTTPError: self = .unreachable
        default: self = .problems
        }
    }

    private init(_ error: PostgresError) {
        self = error.isMisconfigured || error.isBadInput ? .usage : error.isConnectionLost ? .unreachable : .problems
    }

    /// What the code means with which a run ended: `advoware_timeout` and the like name a system that could not be reached.
    public init(runErrorCode code: String) {
        let advoware = AdvowareError.Code(rawValue: code).map { AdvowareError($0, operation: "").isUnreachable }
        let google = GoogleError.Code(rawValue: code).map { GoogleError($0, operation: "").isUnreachable }
        self = advoware ?? google ?? (code == HubCode.databaseLost.rawValue) ? .unreachable : .problems
    }

    /// How a request ended, with the error codes of its runs.
    public init(requestStatus: String, runErrorCodes: [String]) {
        if runErrorCodes.contains(where: { CommandStatus(runErrorCode: $0) == .unreachable }) {
            self = .unreachable
        } else {
            self = requestStatus == "done" ? .good : .problems
        }
    }
}
