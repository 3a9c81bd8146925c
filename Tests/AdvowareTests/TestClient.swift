import Appointments
import Clients
import HTTP
import Synchronization
import TestSupport

@testable import Advoware

func configuration(baseURL: String = "https://advoware.test:90/") throws -> AdvowareConfiguration {
    try AdvowareConfiguration(
        baseURL: baseURL, authURL: "https://login.test/api/v1/Token", appID: "app-123", apiKey: "dGVzdC1zZWNyZXQta2V5", kanzlei: "Kanzlei",
        database: "Daten", user: "sync", password: "geheim")
}

func client(
    _ transport: ScriptedTransport, time: FakeTime = FakeTime(), onRequest: (@Sendable (RequestRecord) -> Void)? = nil
) throws -> AdvowareClient {
    var options = AdvowareClient.defaults
    options.now = { time.now }
    options.uptime = { time.uptime }
    options.sleep = { try time.sleep($0) }
    options.onRequest = onRequest
    return AdvowareClient(configuration: try configuration(), transport: transport, options: options)
}

/// The error that a call ends with; nil if it succeeds.
func failureOf(_ call: () async throws -> Void) async -> AdvowareError? {
    do {
        try await call()
        return nil
    } catch {
        return error as? AdvowareError
    }
}

let someWallTime = WallTime(date: LocalDate(dayNumber: 20_000))
