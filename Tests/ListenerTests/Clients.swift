import Advoware
import GoogleCalendar
import HTTP
import JSON
import Signing

/// Real clients over a scripted transport.
enum Clients {
    static func advoware(_ transport: any HTTPTransport) throws -> AdvowareClient {
        var options = AdvowareClient.defaults
        options.sleep = { _ in }
        return AdvowareClient(
            configuration: try AdvowareConfiguration(
                baseURL: "http://localhost/", authURL: "http://localhost/token", appID: "app", apiKey: "c2VjcmV0", kanzlei: "k",
                database: "d",
                user: "u", password: "p"), transport: transport, options: options)
    }

    static func google(_ transport: any HTTPTransport) throws -> GoogleClient {
        let key = try RSAPrivateKey.generate(bits: 2048)
        let file: JSONValue = [
            "type": "service_account", "client_email": "sync@example.iam.gserviceaccount.com", "private_key": .string(key.pem),
            "private_key_id": "1", "token_uri": "http://localhost/token",
        ]
        var options = GoogleClient.defaults
        options.sleep = { _ in }
        return GoogleClient(
            account: try ServiceAccount(json: file.bytes()), baseURL: "http://localhost/calendar/v3", transport: transport, options: options
        )
    }
}
