import Advoware
import FoundationEssentials
import Signing

/// The variables of the Advoware side, each looked at by itself, so that all that is wrong is said at once.
struct AdvowareVariables {
    private let baseURL, authURL, appID, apiKey, kanzlei, database, user, password: String
    private let productID, role, tokenLifetimeMinutes, timeoutSeconds: Int

    init(_ environment: inout Environment) {
        baseURL = environment.address("ADVOWARE_API_BASE_URL", default: AdvowareConfiguration.defaultBaseURL)
        authURL = environment.address("ADVOWARE_AUTH_URL", default: AdvowareConfiguration.defaultAuthURL)
        productID = environment.integer("ADVOWARE_PRODUCT_ID", default: 64, in: 0...Int(Int32.max))
        appID = environment.required("ADVOWARE_APP_ID", "the application's id")
        apiKey = environment.required("ADVOWARE_API_KEY", "the API key in base64")
        if !apiKey.isEmpty, Base64.decode(apiKey)?.isEmpty != false {
            environment.reject("ADVOWARE_API_KEY", nil, "is not base64 with its padding")
        }
        kanzlei = environment.required("ADVOWARE_KANZLEI", "the name of the Kanzlei")
        database = environment.required("ADVOWARE_DATABASE", "the name of the Advoware database")
        user = environment.required("ADVOWARE_USER", "the API user")
        role = environment.integer("ADVOWARE_ROLE", default: 2, in: 0...Int(Int32.max))
        password = environment.required("ADVOWARE_PASSWORD", "the API user's password")
        tokenLifetimeMinutes = environment.integer("ADVOWARE_TOKEN_LIFETIME_MINUTES", default: 55, in: 1...1440)
        timeoutSeconds = environment.integer("ADVOWARE_API_TIMEOUT_SECONDS", default: 30, in: 1...600)
    }

    var decodedKey: [UInt8] { Base64.decode(apiKey) ?? [] }
    var host: String { URLComponents(string: baseURL)?.host?.lowercased() ?? "" }

    func configuration() throws(ConfigurationError) -> AdvowareConfiguration {
        do {
            return try AdvowareConfiguration(
                baseURL: baseURL, authURL: authURL, productID: productID, appID: appID, apiKey: apiKey, kanzlei: kanzlei,
                database: database,
                user: user, role: role, password: password, tokenLifetimeMinutes: tokenLifetimeMinutes, timeoutSeconds: timeoutSeconds)
        } catch {
            throw ConfigurationError("ADVOWARE_*", allowed: error.detail)
        }
    }
}
