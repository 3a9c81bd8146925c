import FoundationEssentials
import JSON
import Signing

/// A service account's key file as Google hands it out. Prints without the key.
public struct ServiceAccount: Sendable {
    /// The account's address, which users share calendars with.
    public let clientEmail: String
    /// The whole address of the token endpoint.
    public let tokenURI: String
    let key: RSAPrivateKey
    let keyID: String?

    /// Reads the key file.
    ///
    /// - Throws: ``GoogleError`` `configuration`, which names the file or the field and what is allowed, and never quotes the key.
    public static func load(path: String) throws(GoogleError) -> ServiceAccount {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw GoogleError(
                configuration: "\(path) cannot be read; GOOGLE_CALENDAR_SERVICE_ACCOUNT_PATH must name Google's JSON key file")
        }
        do throws(GoogleError) {
            return try ServiceAccount(json: Array(data))
        } catch {
            throw GoogleError(configuration: "\(path): \(error.detail)")
        }
    }

    /// Reads the content of a key file.
    ///
    /// - Throws: ``GoogleError`` `configuration`, which names the field and what is allowed, and never quotes the key.
    public init(json: [UInt8]) throws(GoogleError) {
        guard let file = try? JSONValue(parsing: json), file.objectValue != nil else {
            throw GoogleError(configuration: "it is not a JSON object; it must be the key file of a service account")
        }
        if let type = file["type"]?.stringValue, type != "service_account" {
            throw GoogleError(configuration: "its type is not service_account; it must be the key file of a service account")
        }
        let field = { (name: String) throws(GoogleError) -> String in
            guard let value = file[name]?.stringValue, !value.isEmpty else {
                throw GoogleError(configuration: "\(name) is missing; it must be a string that is not empty")
            }
            return value
        }
        clientEmail = try field("client_email")
        tokenURI = try field("token_uri")
        keyID = file["private_key_id"]?.stringValue
        let pem = try field("private_key")
        do throws(SigningError) {
            key = try RSAPrivateKey(pem: pem)
        } catch {
            throw GoogleError(configuration: "private_key: \(error.description)")
        }
    }
}

extension ServiceAccount: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The account's address.
    public var description: String { clientEmail }
    /// The account's address.
    public var debugDescription: String { description }
    /// Empty, so that `dump` shows no key either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
