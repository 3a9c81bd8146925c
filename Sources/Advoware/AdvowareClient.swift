public import Appointments
public import Clients
public import HTTP
public import JSON

/// Advoware's API. Every call throws ``AdvowareError`` and nothing else.
///
/// Readings are tried again after failures; what writes is sent a second time only after a 401 or if nothing was sent before.
public struct AdvowareClient: Sendable {
    let configuration: AdvowareConfiguration
    let sender: RemoteSender<AdvowareCode>

    /// How the client behaves.
    public static var defaults: RemoteOptions {
        RemoteOptions(
            concurrency: 4, maximumTries: 3, maximumTotal: .seconds(90), backoff: Backoff(base: .milliseconds(500), maximum: .seconds(10)))
    }

    /// A client; it logs in with the first call.
    public init(configuration: AdvowareConfiguration, transport: any HTTPTransport, options: RemoteOptions = defaults) {
        self.configuration = configuration
        sender = RemoteSender(transport: transport, options: options, login: AdvowareLogin(configuration: configuration))
    }

    /// How many requests may be in flight, logins not counted.
    public var concurrency: Int {
        get async { await sender.concurrency }
    }

    /// Allows so many requests in flight from now on, at least 1.
    public func allow(_ concurrency: Int) async { await sender.allow(concurrency) }

    /// Logs in anew, for a check of the configuration.
    public func login() async throws(AdvowareError) { try await sender.login() }

    /// The Kürzel of all active employees.
    public func employees() async throws(AdvowareError) -> EmployeeList {
        let call = call("employees", .get, endpoint("Mitarbeiter").query("aktiv", "true"))
        return try await sender.send(call) { Self.json($0)?.arrayValue.map(EmployeeList.init(entries:)) }
    }

    /// An employee's Termine in a window of Berlin wall time. Complete, or an error.
    ///
    /// - Parameter unlessKnown: whether an answer need not be read; it is given the bytes as they came.
    /// - Returns: nil: the answer is known.
    public func termine(
        kuerzel: String, from: WallTime, to: WallTime, unlessKnown: ([UInt8]) -> Bool = { _ in false }
    ) async throws(AdvowareError) -> TerminList? {
        let url = endpoint("Termine").query("kuerzel", kuerzel).query("from", from.description).query("to", to.description)
        return try await sender.send(call("termine", .get, url)) { response -> TerminList?? in
            if unlessKnown(response.body) { return .some(nil) }
            let answeredAt = response.answeredAt.map { Instant(microseconds: Int64($0) * 1_000_000) }
            return TerminList(parsing: response.body, answeredAt: answeredAt).map { .some($0) }
        }
    }

    /// One Termin by its number.
    public func termin(frNr: Int64) async throws(AdvowareError) -> SingleTermin {
        let call = call("termin", .get, endpoint("Termine").query("frnr", String(frNr)))
        return try await sender.send(call, taking: 404) { SingleTermin(response: $0, frNr: frNr) }
    }

    /// Creates a Termin.
    ///
    /// - Parameter permit: asked immediately before sending, also before a repetition.
    /// - Returns: its number, or nil if the Termin exists and the answer does not say under which number.
    /// - Throws: with ``AdvowareError/mayHaveActed`` if the Termin may exist all the same.
    public func create(_ body: [String: JSONValue], permit: SendingPermit? = nil) async throws(AdvowareError) -> Int64? {
        let call = call("create", .post, endpoint("Termine"), body, permit)
        return try await sender.send(call) { response -> Int64?? in
            if Self.isEmpty(response.body) { return .some(nil) }
            guard let answer = Self.json(response) else { return nil }
            let entry = answer.arrayValue.map { $0.count == 1 ? $0[0] : .null } ?? answer
            let number = entry.objectValue.map { Termin(fields: $0).frNr } ?? entry.intValue
            return .some(number.flatMap { $0 > 0 ? $0 : nil })
        }
    }

    /// Replaces a Termin as a whole; `frNr` is in the body.
    ///
    /// - Parameter permit: asked immediately before sending, also before a repetition.
    /// - Throws: with ``AdvowareError/mayHaveActed`` if it may be replaced all the same.
    ///   A 404 or 500 is for the caller to judge after a reading.
    public func replace(_ body: [String: JSONValue], permit: SendingPermit? = nil) async throws(AdvowareError) {
        try await sender.send(call("replace", .put, endpoint("Termine"), body, permit), read: Self.confirmation)
    }

    /// Deletes a Termin.
    ///
    /// - Parameter permit: asked immediately before sending, also before a repetition.
    /// - Throws: with ``AdvowareError/mayHaveActed`` if it may be deleted all the same.
    ///   A 404 or 500 is for the caller to judge after a reading.
    public func delete(frNr: Int64, permit: SendingPermit? = nil) async throws(AdvowareError) {
        try await sender.send(
            call("delete", .delete, endpoint("Termine").query("frnr", String(frNr)), nil, permit), read: Self.confirmation)
    }

    // MARK: Parts

    private func endpoint(_ name: String) -> URLBuilder {
        URLBuilder(configuration.baseURL).path("api", "v1", "advonet", name)
    }

    private func call(
        _ operation: String, _ method: HTTPMethod, _ url: URLBuilder, _ body: [String: JSONValue]? = nil, _ permit: SendingPermit? = nil
    ) -> RemoteCall {
        RemoteCall(operation, method, url, body: body.map { .object($0) }, timeout: configuration.timeout, permit: permit)
    }

    static func isEmpty(_ body: [UInt8]) -> Bool {
        body.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) }
    }

    static func json(_ response: HTTPResponse) -> JSONValue? {
        try? JSONValue(parsing: response.body)
    }

    /// Success of a PUT or DELETE: whatever comes, even nothing, but no page of HTML, which is not Advoware's.
    private static func confirmation(_ response: HTTPResponse) -> Void? {
        response.isHTML ? nil : ()
    }
}
