import Signing

/// Where Advoware is and who logs in there. Prints without password and key.
public struct AdvowareConfiguration: Sendable {
    /// The login of Advoware's own cloud.
    public static let defaultAuthURL = "https://security.advo-net.net/api/v1/Token"
    /// The gateway that stands in the product's documentation.
    public static let defaultBaseURL = "https://www2.advo-net.net:90/"

    /// The address that the API's paths hang under, with or without a slash at its end.
    public let baseURL: String
    /// The whole address of the login.
    public let authURL: String
    /// Advoware's number of the licensed product.
    public let productID: Int
    /// The application's name as Advoware registered it.
    public let appID: String
    /// The decoded key that signs logins. A secret.
    public let apiKey: [UInt8]
    /// The law office.
    public let kanzlei: String
    /// The office's database.
    public let database: String
    /// The user that logs in.
    public let user: String
    /// The role that the user logs in with.
    public let role: Int
    /// The user's password. A secret.
    public let password: String
    /// How long a token lives if the login does not say so.
    public let tokenLifetime: Duration
    /// The longest wait for one answer.
    public let timeout: Duration

    /// Checks everything that can be checked without a connection.
    ///
    /// - Parameters:
    ///   - apiKey: in base64, as Advoware hands it out.
    ///   - tokenLifetimeMinutes: 1 to 1440.
    ///   - timeoutSeconds: 1 to 600.
    /// - Throws: ``AdvowareError`` `configuration`, which names the variable and what is allowed, and never quotes a secret.
    public init(
        baseURL: String = defaultBaseURL, authURL: String = defaultAuthURL, productID: Int = 64, appID: String, apiKey: String,
        kanzlei: String,
        database: String, user: String, role: Int = 2, password: String, tokenLifetimeMinutes: Int = 55, timeoutSeconds: Int = 30
    ) throws(AdvowareError) {
        for (name, value) in [("ADVOWARE_API_BASE_URL", baseURL), ("ADVOWARE_AUTH_URL", authURL)] {
            guard value.hasPrefix("https://") || value.hasPrefix("http://") else {
                throw AdvowareError(configuration: "\(name) is not an address; allowed: https://host/path, and http for a loopback host")
            }
        }
        let required = [
            ("ADVOWARE_APP_ID", appID), ("ADVOWARE_KANZLEI", kanzlei), ("ADVOWARE_DATABASE", database), ("ADVOWARE_USER", user),
            ("ADVOWARE_PASSWORD", password),
        ]
        for (name, value) in required where value.isEmpty {
            throw AdvowareError(configuration: "\(name) is empty; it must have a value")
        }
        guard let key = Base64.decode(apiKey), !key.isEmpty else {
            throw AdvowareError(
                configuration: "ADVOWARE_API_KEY is not base64 with its padding; allowed: the key as Advoware handed it out")
        }
        guard (1...1440).contains(tokenLifetimeMinutes) else {
            throw AdvowareError(configuration: "ADVOWARE_TOKEN_LIFETIME_MINUTES is \(tokenLifetimeMinutes); allowed: 1 to 1440")
        }
        guard (1...600).contains(timeoutSeconds) else {
            throw AdvowareError(configuration: "ADVOWARE_API_TIMEOUT_SECONDS is \(timeoutSeconds); allowed: 1 to 600")
        }
        self.baseURL = baseURL
        self.authURL = authURL
        self.productID = productID
        self.appID = appID
        self.apiKey = key
        self.kanzlei = kanzlei
        self.database = database
        self.user = user
        self.role = role
        self.password = password
        tokenLifetime = .seconds(tokenLifetimeMinutes * 60)
        timeout = .seconds(timeoutSeconds)
    }
}

extension AdvowareConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Address and office, never a secret.
    public var description: String { "Advoware \(kanzlei)/\(database) at \(baseURL) as \(user)" }
    /// Address and office, never a secret.
    public var debugDescription: String { description }
    /// Empty, so that `dump` shows no secret either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
