import Advoware
import GoogleCalendar
import HTTP

/// The clients of both remote systems over one transport.
struct Remotes: Sendable {
    let transport: CurlTransport
    let advoware: AdvowareClient
    let google: GoogleClient

    /// - Throws: ``ConfigurationError`` if the service account's key file will not do, `HTTPError` if libcurl cannot be started.
    init(_ configuration: Configuration) throws {
        let account = try Self.account(configuration)
        transport = try Self.transport()
        let wire = CrashPoint.watched(transport)
        advoware = AdvowareClient(configuration: configuration.advoware, transport: wire)
        google = Self.google(configuration, account, wire)
    }

    /// - Throws: `HTTPError` if libcurl cannot be started.
    static func transport() throws -> CurlTransport {
        // The clients bound how many requests there are, 64 for each system at most. Here none must wait: its time has begun.
        var settings = CurlTransport.Configuration()
        settings.maximumHostConnections = 130
        return try CurlTransport.start(settings)
    }

    /// - Throws: ``ConfigurationError`` if the key file will not do.
    static func account(_ configuration: Configuration) throws(ConfigurationError) -> ServiceAccount {
        do {
            return try ServiceAccount.load(path: configuration.google.serviceAccountPath)
        } catch {
            throw ConfigurationError(
                "GOOGLE_CALENDAR_SERVICE_ACCOUNT_PATH", value: configuration.google.serviceAccountPath,
                allowed: "expected a service account's JSON key file (\(error))")
        }
    }

    static func google(_ configuration: Configuration, _ account: ServiceAccount, _ transport: any HTTPTransport) -> GoogleClient {
        GoogleClient(
            account: account, baseURL: configuration.google.baseURL, transport: transport, impersonate: configuration.google.impersonate)
    }

    /// Bounds the requests in flight as the office's settings say now.
    func follow(_ limits: RequestLimits) async {
        await advoware.allow(limits.advoware)
        await google.allow(limits.google)
    }
}
