import Foundation
import JSON
import Signing

extension Simulator {
    /// Google's key file for the simulated service account, as JSON text.
    /// - Parameter url: the simulator's address.
    public func serviceAccountFile(url: String) -> String {
        let file: JSONValue = .object([
            "type": "service_account", "project_id": "office-simulator", "private_key_id": .string(logins.keyID),
            "private_key": .string(logins.key.pem), "client_email": .string(logins.clientEmail), "client_id": "100000000000000000001",
            "auth_uri": .string(url + "/auth"), "token_uri": .string(url + "/token"), "universe_domain": "googleapis.com",
        ])
        return file.text + "\n"
    }

    /// The lines of an env file with which the product finds this simulator.
    /// - Parameters:
    ///   - url: the simulator's address.
    ///   - serviceAccount: path of the key file.
    public func environmentFile(url: String, serviceAccount: String) -> String {
        let login = logins.credentials
        let variables: [(String, String)] = [
            ("ADVOWARE_API_BASE_URL", url + "/advoware/"),
            ("ADVOWARE_AUTH_URL", url + "/advoware-auth/api/v1/Token"),
            ("ADVOWARE_PRODUCT_ID", String(login.product)),
            ("ADVOWARE_APP_ID", login.appID),
            ("ADVOWARE_API_KEY", Base64.encode(login.apiKey)),
            ("ADVOWARE_KANZLEI", login.kanzlei),
            ("ADVOWARE_DATABASE", login.database),
            ("ADVOWARE_USER", login.user),
            ("ADVOWARE_ROLE", String(login.role)),
            ("ADVOWARE_PASSWORD", login.password),
            ("ADVOWARE_TOKEN_LIFETIME_MINUTES", "55"),
            ("ADVOWARE_API_TIMEOUT_SECONDS", "30"),
            ("GOOGLE_CALENDAR_SERVICE_ACCOUNT_PATH", serviceAccount),
            ("GOOGLE_CALENDAR_API_URL", url + "/calendar/v3"),
            ("GOOGLE_CALENDAR_OWNER_EMAIL", "kanzlei@example.org"),
        ]
        return variables.map { "\($0)=\($1)\n" }.joined()
    }

    /// Writes a file that only its owner can read.
    /// - Throws: if it cannot be written; the error names the path.
    public static func writePrivate(_ text: String, to path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600]) else {
            throw ControlError("cannot write \(path)")
        }
    }
}

extension ControlError: CustomStringConvertible {
    var description: String { message }
}
