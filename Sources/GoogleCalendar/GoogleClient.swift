public import Clients
public import HTTP
import JSON

/// Google Calendar's API with a service account. Every call throws ``GoogleError`` and nothing else.
///
/// `quotaUser` is the Kürzel of the employee that a call is made for, so that each has a per-user quota.
public struct GoogleClient: Sendable {
    /// Google's own address.
    public static let defaultBaseURL = "https://www.googleapis.com/calendar/v3"

    static let calendarCreation = "calendars.insert"
    /// The longest wait for one answer.
    static let timeout: Duration = .seconds(30)

    let base: URLBuilder
    let sender: RemoteSender<GoogleCode>

    /// How the client behaves.
    public static var defaults: RemoteOptions {
        RemoteOptions(
            concurrency: 8, maximumTries: 5, maximumTotal: .seconds(60), backoff: Backoff(base: .seconds(1), maximum: .seconds(32)))
    }

    /// A client; it logs in with the first call.
    ///
    /// - Parameters:
    ///   - baseURL: with or without a slash at its end.
    ///   - impersonate: the user to act for by domain-wide delegation; nil or "" acts as the service account itself.
    public init(
        account: ServiceAccount, baseURL: String = defaultBaseURL, transport: any HTTPTransport, impersonate: String? = nil,
        options: RemoteOptions = defaults
    ) {
        base = URLBuilder(baseURL)
        let login = GoogleLogin(account: account, impersonate: impersonate.flatMap { $0.isEmpty ? nil : $0 })
        sender = RemoteSender(transport: transport, options: options, login: login)
    }

    /// How many requests may be in flight, logins not counted.
    public var concurrency: Int {
        get async { await sender.concurrency }
    }

    /// Allows so many requests in flight from now on, at least 1.
    public func allow(_ concurrency: Int) async { await sender.allow(concurrency) }

    /// Logs in anew, for a check of the configuration.
    public func login() async throws(GoogleError) { try await sender.login() }

    // MARK: Parts

    func call(
        _ operation: String, _ method: HTTPMethod, _ url: URLBuilder, quotaUser: String, body: JSONValue? = nil,
        ifMatch etag: String? = nil, permit: SendingPermit? = nil
    ) -> RemoteCall {
        // Google lets `quotaUser` have 40 characters.
        let user = String(quotaUser.unicodeScalars.prefix(40))
        return RemoteCall(
            operation, method, url.query("quotaUser", user), user: user, body: body, ifMatch: etag, timeout: Self.timeout, permit: permit)
    }

    /// All pages of a list.
    ///
    /// - Returns: all `items`, and the fields of the last page beside them.
    func pages(
        _ operation: String, _ url: URLBuilder, quotaUser: String
    ) async throws(GoogleError) -> (items: [JSONView], last: [String: JSONValue]) {
        let pages = try await sender.pages {
            call(operation, .get, url.query("pageToken", $0), quotaUser: quotaUser)
        } read: { response in
            Self.page(response).map { ($0, $0.fields["nextPageToken"]?.stringValue) }
        }
        return (pages.flatMap { $0.elements ?? [] }, pages.last?.fields ?? [:])
    }

    /// An empty page may come without `items`, but not without anything that tells it from another answer.
    private static func page(_ response: HTTPResponse) -> JSONList? {
        guard let page = try? JSONList(parsing: response.body, field: "items"), page.fields["items"] == nil else { return nil }
        let isPage = page.elements != nil || ["kind", "nextPageToken", "nextSyncToken"].contains { page.fields[$0] != nil }
        return isPage ? page : nil
    }

    /// The object that an answer holds. Spelt with guards, because `nil` in an expression of type ``JSONValue`` means `null`.
    static func object(_ response: HTTPResponse) -> JSONValue? {
        guard let value = try? JSONValue(parsing: response.body), value.objectValue != nil else { return nil }
        return value
    }
}
