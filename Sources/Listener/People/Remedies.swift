import Advoware
import GoogleCalendar
import HTTP
import Postgres

/// What an operator can do about an error that ended a command. What the hub recorded it explains itself: ``HubClient/remedies(of:)``.
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

/// What the hub says about a code that an action or a run ended with.
public struct Remedy: Sendable, Hashable {
    /// The code, without what says more about it.
    public let code: String
    /// What happened.
    public let meaning: String
    /// What to do about it.
    public let remedy: String
}

extension HubClient {
    /// What people can do about what a request could not do, from `sync.result_code`.
    public func remedies(of requestID: Int64) async throws -> [Remedy] {
        try await call("SELECT code, meaning, remedy FROM sync.remedies(request_id => $1)", [.int(requestID)]).map { row in
            Remedy(code: try row.string("code"), meaning: try row.string("meaning"), remedy: try row.string("remedy"))
        }
    }
}
