public import Advoware
import FoundationEssentials
public import Logging
public import Postgres
import Signing

/// What the environment says. Policy is not here: it lives in the hub.
public struct Configuration: Sendable {
    /// How log lines look.
    public enum LogFormat: String, Sendable, CaseIterable {
        /// One readable line each.
        case text
        /// One JSON object per line.
        case json
    }

    /// What the listener needs to talk to Google.
    public struct Google: Sendable {
        /// Path of the service account's key file.
        public var serviceAccountPath: String
        /// Base of the Calendar API.
        public var baseURL: String
        /// Whom new calendars are shared with; nil: nobody.
        public var ownerEmail: String?
        /// The `sub` of the JWT, in Workspace domains with delegation.
        public var impersonate: String?
    }

    /// How the hub is reached.
    public var postgres: PostgresConfiguration
    /// The Advoware side.
    public var advoware: AdvowareConfiguration
    /// The host of the Advoware API: part of what ties a hub to one office.
    public var advowareHost: String
    /// The Google side.
    public var google: Google
    /// True turns the office's anonymisation on when a listener starts; false changes nothing.
    public var anonymize: Bool
    /// How many employees are worked on at once by this process.
    public var workers: Int
    /// From which level on log lines are written.
    public var logLevel: Logger.Level
    /// How log lines look.
    public var logFormat: LogFormat
    /// The secret behind the fingerprints.
    var fingerprintSecret: [UInt8]
    /// Sentences worth a line at start: variables that have no effect.
    public var notes: [String]
}

extension Configuration {
    /// Reads the configuration from variables, normally the process's environment over those of `--env-file`.
    ///
    /// - Throws: ``ConfigurationError`` with everything that is missing or wrong.
    public init(_ variables: [String: String]) throws(ConfigurationError) {
        var environment = Environment(variables)
        postgres = Self.postgres(&environment)
        let advoware = AdvowareVariables(&environment)
        google = Google(
            serviceAccountPath: environment.optional("GOOGLE_CALENDAR_SERVICE_ACCOUNT_PATH") ?? "service-account.json",
            baseURL: environment.address("GOOGLE_CALENDAR_API_URL", default: "https://www.googleapis.com/calendar/v3"),
            ownerEmail: environment.optional("GOOGLE_CALENDAR_OWNER_EMAIL"),
            impersonate: environment.optional("GOOGLE_CALENDAR_IMPERSONATE"))
        anonymize = environment.flag("CALENDAR_SYNC_ANONYMIZE_GOOGLE_EVENTS")
        workers = environment.integer("CALENDAR_SYNC_WORKERS", default: 6, in: 1...64)
        logLevel = environment.choice("CALENDAR_SYNC_LOG_LEVEL", default: .info)
        logFormat = environment.choice("CALENDAR_SYNC_LOG_FORMAT", default: .text)
        fingerprintSecret = Self.fingerprintSecret(&environment, advoware.decodedKey)
        notes = Self.notes(variables)
        guard environment.problems.isEmpty else { throw ConfigurationError(environment.problems) }
        self.advoware = try advoware.configuration()
        advowareHost = advoware.host
    }

    /// The process's environment, which wins, over the variables of a file: what is set for one call overrides what is kept for all.
    ///
    /// - Throws: ``ConfigurationError`` if the file cannot be read or a variable is wrong.
    public static func load(envFile: String?, environment: [String: String]) throws(ConfigurationError) -> Configuration {
        guard let envFile else { return try Configuration(environment) }
        guard let bytes = FileManager.default.contents(atPath: envFile), let text = String(data: bytes, encoding: .utf8) else {
            throw ConfigurationError("--env-file", value: envFile, allowed: "expected a readable UTF-8 file")
        }
        // An empty variable of the process counts as none there too, so it must not hide the file's.
        return try Configuration(EnvFile.parse(text).merging(environment.filter { !$0.value.isEmpty }) { _, process in process })
    }

    private static func postgres(_ environment: inout Environment) -> PostgresConfiguration {
        let hosts = environment.optional("POSTGRES_HOST") ?? "localhost"
        let ports = environment.optional("POSTGRES_PORT") ?? "5432"
        let each = ports.split(separator: ",", omittingEmptySubsequences: false)
        if !each.allSatisfy({ UInt16($0.filter { $0 != " " }) ?? 0 > 0 }) {
            environment.reject("POSTGRES_PORT", ports, "expected a port from 1 to 65535, or one for each host, separated by commas")
        } else if each.count > 1, each.count != hosts.split(separator: ",").count {
            environment.reject(
                "POSTGRES_PORT", ports,
                "expected one port, or one for each of the hosts in POSTGRES_HOST (\"\(hosts)\"), separated by commas")
        }
        var configuration = PostgresConfiguration(
            hosts: hosts, port: ports,
            user: environment.optional("POSTGRES_USER") ?? "calendar_sync_user", password: environment.optional("POSTGRES_PASSWORD"),
            database: environment.optional("POSTGRES_DB_NAME") ?? "calendar_sync_db")
        configuration.sslMode = environment.choice("POSTGRES_SSLMODE", default: .prefer)
        return configuration
    }

    /// Without a key of its own the fingerprints hang on the API key, which every listener of the office has.
    private static func fingerprintSecret(_ environment: inout Environment, _ apiKey: [UInt8]) -> [UInt8] {
        if let own = environment.optional("CALENDAR_SYNC_FINGERPRINT_KEY") {
            if own.utf8.count < 16 { environment.reject("CALENDAR_SYNC_FINGERPRINT_KEY", nil, "expected at least 16 characters") }
            return Array(own.utf8)
        }
        do {
            return try HMAC.sha256(key: apiKey, message: Array("calendar-sync fingerprint key".utf8))
        } catch {
            environment.reject("ADVOWARE_API_KEY", nil, "no fingerprint key could be derived from it (\(error))")
            return []
        }
    }

    private static func notes(_ variables: [String: String]) -> [String] {
        var notes: [String] = []
        if variables.keys.contains(where: { $0.hasPrefix("REDIS_") }) {
            notes.append("REDIS_* is set and not used: the hub does what Redis did")
        }
        if variables["CALENDAR_SYNC_HTTP"]?.isEmpty == false {
            notes.append("CALENDAR_SYNC_HTTP is set and has no effect: this version serves no HTTP")
        }
        let unknown = variables.keys.filter { name in
            ["CALENDAR_SYNC_", "ADVOWARE_", "GOOGLE_CALENDAR_", "POSTGRES_"].contains { name.hasPrefix($0) } && !known.contains(name)
        }
        if !unknown.isEmpty { notes.append("unknown variables have no effect: \(unknown.sorted().joined(separator: ", "))") }
        return notes
    }

    private static let known: Set = [
        "POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB_NAME", "POSTGRES_SSLMODE",
        "ADVOWARE_API_BASE_URL", "ADVOWARE_AUTH_URL", "ADVOWARE_PRODUCT_ID", "ADVOWARE_APP_ID", "ADVOWARE_API_KEY", "ADVOWARE_KANZLEI",
        "ADVOWARE_DATABASE", "ADVOWARE_USER", "ADVOWARE_ROLE", "ADVOWARE_PASSWORD", "ADVOWARE_TOKEN_LIFETIME_MINUTES",
        "ADVOWARE_API_TIMEOUT_SECONDS", "GOOGLE_CALENDAR_SERVICE_ACCOUNT_PATH", "GOOGLE_CALENDAR_API_URL", "GOOGLE_CALENDAR_OWNER_EMAIL",
        "GOOGLE_CALENDAR_IMPERSONATE", "CALENDAR_SYNC_ANONYMIZE_GOOGLE_EVENTS", "CALENDAR_SYNC_HTTP", "CALENDAR_SYNC_LOG_LEVEL",
        "CALENDAR_SYNC_LOG_FORMAT", "CALENDAR_SYNC_WORKERS", "CALENDAR_SYNC_FINGERPRINT_KEY",
    ]
}

/// Holds secrets: printed, it shows where it leads and nothing else.
extension Configuration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The three systems.
    public var description: String { "hub \(postgres), Advoware \(advowareHost), Google \(google.baseURL)" }
    /// The same as `description`.
    public var debugDescription: String { description }
    /// One child, the description.
    public var customMirror: Mirror { Mirror(self, children: ["configuration": description]) }
}
