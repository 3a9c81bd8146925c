import Advoware
import GoogleCalendar
import HTTP
import Postgres

/// What an operator can do about an error.
public enum Remedies {
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
