public import Appointments
import Clients
public import HTTP
public import JSON

/// Advoware's API. Every call throws ``AdvowareError`` and nothing else.
///
/// Readings are tried again after failures; what writes is sent a second time only after a 401 or if nothing was sent before.
public struct AdvowareClient: Sendable {
    let configuration: AdvowareConfiguration
    let options: Options
    let wire: AdvowareWire
    let tokens: TokenKeeper<AdvowareError>

    /// A client; it logs in with the first call.
    public init(configuration: AdvowareConfiguration, transport: any HTTPTransport, options: Options = Options()) {
        let wire = AdvowareWire(transport: transport, options: options)
        let login = AdvowareLogin(configuration: configuration, wire: wire)
        self.configuration = configuration
        self.options = options
        self.wire = wire
        tokens = TokenKeeper(
            TokenKeeper.Source(
                login: { () async -> Result<TokenKeeper<AdvowareError>.Grant, AdvowareError> in
                    do throws(AdvowareError) { return .success(try await login.run()) } catch { return .failure(error) }
                },
                isRefusal: { $0.isLoginRefusal },
                cancelled: AdvowareError(.cancelled, operation: AdvowareLogin.operation),
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
    public func login() async throws(AdvowareError) {
        try await tokens.renew()
    }

    /// The Kürzel of all active employees.
    public func employees() async throws(AdvowareError) -> EmployeeList {
        let url = endpoint("Mitarbeiter").query("aktiv", "true").url
        return try await send(AdvowareCall(operation: "employees", url: url)) { Self.json($0)?.arrayValue.map(EmployeeList.init(entries:)) }
    }

    /// An employee's Termine in a window of Berlin wall time. Complete, or an error.
    public func termine(kuerzel: String, from: WallTime, to: WallTime) async throws(AdvowareError) -> TerminList {
        let url = endpoint("Termine").query("kuerzel", kuerzel).query("from", from.description).query("to", to.description).url
        return try await send(AdvowareCall(operation: "termine", url: url)) { Self.json($0)?.arrayValue.map(TerminList.init(entries:)) }
    }

    /// One Termin by its number.
    public func termin(frNr: Int64) async throws(AdvowareError) -> SingleTermin {
        let call = AdvowareCall(operation: "termin", url: endpoint("Termine").query("frnr", String(frNr)).url)
        return try await send(call, taking404: true) { SingleTermin(response: $0, frNr: frNr) }
    }

    /// Creates a Termin.
    ///
    /// - Parameter permit: asked immediately before sending, also before a repetition.
    /// - Returns: its number, or nil if the Termin exists and the answer does not say under which number.
    /// - Throws: with ``AdvowareError/mayHaveActed`` if the Termin may exist all the same.
    public func create(_ body: [String: JSONValue], permit: SendingPermit? = nil) async throws(AdvowareError) -> Int64? {
        let call = write("create", .post, endpoint("Termine"), body, permit)
        return try await send(call) { response -> Int64?? in
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
        try await send(write("replace", .put, endpoint("Termine"), body, permit), read: Self.confirmation)
    }

    /// Deletes a Termin.
    ///
    /// - Parameter permit: asked immediately before sending, also before a repetition.
    /// - Throws: with ``AdvowareError/mayHaveActed`` if it may be deleted all the same.
    ///   A 404 or 500 is for the caller to judge after a reading.
    public func delete(frNr: Int64, permit: SendingPermit? = nil) async throws(AdvowareError) {
        try await send(write("delete", .delete, endpoint("Termine").query("frnr", String(frNr)), nil, permit), read: Self.confirmation)
    }

    // MARK: Parts

    private func endpoint(_ name: String) -> URLBuilder {
        URLBuilder(configuration.baseURL).path("api", "v1", "advonet", name)
    }

    private func write(
        _ operation: String, _ method: HTTPMethod, _ url: URLBuilder, _ body: [String: JSONValue]?, _ permit: SendingPermit?
    ) -> AdvowareCall {
        AdvowareCall(operation: operation, method: method, url: url.url, body: body.map { JSONValue.object($0).bytes() }, permit: permit)
    }

    static func isEmpty(_ body: [UInt8]) -> Bool {
        body.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) }
    }

    static func json(_ response: HTTPResponse) -> JSONValue? {
        try? JSONValue(parsing: response.body)
    }

    static func isHTML(_ body: [UInt8]) -> Bool {
        body.first { $0 > 0x20 } == UInt8(ascii: "<")
    }

    /// Success of a PUT or DELETE: whatever comes, even nothing, but no page of HTML, which is not Advoware's.
    private static func confirmation(_ response: HTTPResponse) -> Void? {
        isHTML(response.body) ? nil : ()
    }
}
