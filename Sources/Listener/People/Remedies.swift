import Advoware
import GoogleCalendar
import HTTP
import Postgres

/// What an operator can do about an error.
public enum Remedies {
    /// What went wrong, in words for people: of a statement that people caused, the hub's sentence alone.
    public static func message(for error: any Error) -> String {
        if let error = error as? PostgresError, error.isBadInput || error.isOtherOffice || error.isOtherVersion { return error.message }
        return "\(error)"
    }

    /// One sentence; nil where the error says it all.
    public static func text(for error: any Error) -> String? {
        switch error {
        case let error as AdvowareError: error.hint
        case let error as GoogleError: error.hint
        case let error as PostgresError: error.remedy
        case is HTTPError: "check the address, the network and the proxy settings"
        default: nil
        }
    }
}
