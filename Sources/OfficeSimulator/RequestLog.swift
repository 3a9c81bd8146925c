import JSON

/// What was asked of the simulator, in order, without secrets.
struct RequestLog: Sendable {
    /// The oldest entries go first when there are more.
    static let limit = 200_000

    private(set) var entries: [JSONValue] = []
    private var firstNumber = 1

    mutating func removeAll() {
        firstNumber += entries.count
        entries = []
    }

    /// Entries with a number above `number`.
    func since(_ number: Int) -> [JSONValue] { Array(entries.dropFirst(max(0, number + 1 - firstNumber))) }

    mutating func add(_ request: WireRequest, system: RemoteSystem, status: Int, at now: Moment, violations: [String], weaknesses: [String])
    {
        if entries.count >= Self.limit {
            entries.removeFirst(Self.limit / 10)
            firstNumber += Self.limit / 10
        }
        let grouped = Dictionary(grouping: request.query, by: \.name)
        let query = grouped.mapValues { values -> JSONValue in
            values.count == 1 ? .string(values[0].value) : .array(values.map { .string($0.value) })
        }
        var headers = request.headers.mapValues { JSONValue.string($0) }
        if headers["authorization"] != nil { headers["authorization"] = .string(request.bearer == nil ? "…" : "Bearer …") }
        var entry: Fields = [
            "n": .int(Int64(firstNumber + entries.count)), "at": .string(now.rfc3339Milliseconds), "system": .string(system.rawValue),
            "method": .string(request.method), "path": .string(request.path), "query": .object(query), "headers": .object(headers),
            "status": .int(Int64(status)), "body": Self.body(request, system),
        ]
        if !violations.isEmpty { entry["violations"] = .array(violations.map { .string($0) }) }
        if !weaknesses.isEmpty { entry["weaknesses"] = .array(weaknesses.map { .string($0) }) }
        entries.append(.object(entry))
    }

    private static func body(_ request: WireRequest, _ system: RemoteSystem) -> JSONValue {
        guard !request.body.isEmpty else { return .null }
        guard system != .login else {
            let secret: Set = ["password", "hmac512signature", "assertion"]
            if case .object(let fields) = request.json {
                return .object(fields.reduce(into: [:]) { $0[$1.key] = secret.contains($1.key.lowercased()) ? "…" : $1.value })
            }
            return .object(
                WireRequest.form(String(decoding: request.body, as: UTF8.self)).reduce(into: [:]) {
                    $0[$1.name] = secret.contains($1.name.lowercased()) ? "…" : .string($1.value)
                })
        }
        return request.json ?? .string(String(decoding: request.body, as: UTF8.self))
    }
}
