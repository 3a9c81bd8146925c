import Clients
public import HTTP

/// Google Calendar's API with a service account. Every call throws ``GoogleError`` and nothing else.
///
/// `quotaUser` is the Kürzel of the employee that a call is made for, so that each has a per-user quota.
public struct GoogleClient: Sendable {
    /// Google's own address.
    public static let defaultBaseURL = "https://www.googleapis.com/calendar/v3"

    let base: URLBuilder
    let options: Options
    let wire: GoogleWire
    let tokens: TokenKeeper<GoogleError>

    /// A client; it logs in with the first call.
    ///
    /// - Parameters:
    ///   - baseURL: with or without a slash at its end.
    ///   - impersonate: the user to act for by domain-wide delegation; nil or "" acts as the service account itself.
    public init(
        account: ServiceAccount, baseURL: String = defaultBaseURL, transport: any HTTPTransport, impersonate: String? = nil,
        options: Options = Options()
    ) {
        let wire = GoogleWire(transport: transport, options: options)
        let login = GoogleLogin(account: account, impersonate: impersonate.flatMap { $0.isEmpty ? nil : $0 }, wire: wire)
        base = URLBuilder(baseURL)
        self.options = options
        self.wire = wire
        tokens = TokenKeeper(
            TokenKeeper.Source(
                login: { () async -> Result<TokenKeeper<GoogleError>.Grant, GoogleError> in
                    do throws(GoogleError) { return .success(try await login.run()) } catch { return .failure(error) }
                },
                isRefusal: { $0.isLoginRefusal },
                cancelled: GoogleError(.cancelled, operation: GoogleLogin.operation),
                uptime: options.uptime))
    }

    /// How many requests may be in flight, logins not counted.
    public var concurrency: Int {
        get async { await wire.limiter.concurrency }
    }

    /// Allows so many requests in flight from now on, at least 1.
    public func allow(_ concurrency: Int) async {
        await wire.limiter.allow(concurrency)
    }

    /// Logs in anew, for a check of the configuration.
    public func login() async throws(GoogleError) {
        try await tokens.renew()
    }
}
