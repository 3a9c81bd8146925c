import JSON

/// One switched-on weakness: where it strikes and how often.
struct Fault: Sendable {
    var id: Int
    var system: RemoteSystem
    var weakness: Weakness
    var chance: Double?
    /// 1 is the first matching request after switching on.
    var nth: Set<Int> = []
    /// Strikes at most this often.
    var times: Int?
    var method: String?
    var pathContains: String?
    var seconds: Double?
    var status: Int?
    var retryAfter: Int?
    var retryAfterIsDate = false
    var matched = 0
    var struck = 0

    /// What `GET /control/fault` shows.
    var description: JSONValue {
        var fields: Fields = [
            "id": .int(Int64(id)), "system": .string(system.rawValue), "weakness": .string(weakness.rawValue),
            "matched": .int(Int64(matched)),
            "struck": .int(Int64(struck)),
        ]
        fields["chance"] = chance.map { .double($0) }
        fields["times"] = times.map { .int(Int64($0)) }
        fields["method"] = method.map { .string($0) }
        fields["path_contains"] = pathContains.map { .string($0) }
        return .object(fields)
    }
}

/// What strikes one request: each weakness at most once, with the fault that brought it.
struct Strikes: Sendable {
    var faults: [Weakness: Fault] = [:]

    func has(_ weakness: Weakness) -> Bool { faults[weakness] != nil }
    subscript(_ weakness: Weakness) -> Fault? { faults[weakness] }
    var names: [String] { faults.keys.map(\.rawValue).sorted() }
}

/// All faults that are switched on.
struct FaultPlan: Sendable {
    private(set) var faults: [Fault] = []
    private var nextID = 1
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed ^ 0xFA17) }

    mutating func removeAll() { faults = [] }

    mutating func remove(id: Int) { faults.removeAll { $0.id == id } }

    /// Switches on what a control request describes.
    mutating func add(_ spec: JSONValue, random seed: UInt64?) throws(ControlError) -> Int {
        let known: Set = [
            "system", "weakness", "chance", "nth", "always", "times", "method", "path_contains", "seconds", "status", "retry_after",
            "retry_after_date",
            "seed",
        ]
        if let unknown = spec.objectValue?.keys.first(where: { !known.contains($0) }) {
            throw ControlError("unknown field \(unknown); allowed: \(known.sorted().joined(separator: ", "))")
        }
        guard let name = spec["weakness"]?.stringValue, let weakness = Weakness(rawValue: name) else {
            throw ControlError("unknown weakness \(spec["weakness"]?.text ?? "null"); GET /control/weaknesses lists them")
        }
        guard let systemName = spec["system"]?.stringValue, let system = RemoteSystem(rawValue: systemName),
            weakness.systems.contains(system)
        else {
            let allowed = weakness.systems.map(\.rawValue).sorted().joined(separator: ", ")
            throw ControlError("weakness \(name): system is \(spec["system"]?.text ?? "null"); allowed: \(allowed)")
        }
        var fault = Fault(id: nextID, system: system, weakness: weakness)
        switch spec["chance"] {
        case .double(let chance): fault.chance = chance
        case .int(let chance): fault.chance = Double(chance)
        default: break
        }
        fault.nth = Set(spec["nth"]?.arrayValue?.compactMap { $0.intValue.map(Int.init) } ?? spec["nth"]?.intValue.map { [Int($0)] } ?? [])
        let always = spec["always"]?.boolValue ?? false
        fault.times = spec["times"]?.intValue.map(Int.init)
        if fault.chance == nil, fault.nth.isEmpty, !always, fault.times == nil {
            throw ControlError("weakness \(name): say when: chance, nth, always or times")
        }
        fault.method = spec["method"]?.stringValue
        fault.pathContains = spec["path_contains"]?.stringValue
        switch spec["seconds"] {
        case .double(let seconds): fault.seconds = seconds
        case .int(let seconds): fault.seconds = Double(seconds)
        default: break
        }
        fault.status = spec["status"]?.intValue.map(Int.init)
        fault.retryAfter = spec["retry_after"]?.intValue.map(Int.init)
        fault.retryAfterIsDate = spec["retry_after_date"]?.boolValue ?? false
        if let seed { random = SeededRandom(seed: seed ^ 0xFA17) }
        nextID += 1
        faults.append(fault)
        return fault.id
    }

    /// What strikes this request; counts as one match for each fault that it fits.
    mutating func strikes(_ system: RemoteSystem, _ request: WireRequest) -> Strikes {
        var strikes = Strikes()
        for index in faults.indices {
            let fault = faults[index]
            guard fault.system == system, fault.weakness.fits(request), fault.method.map({ $0.uppercased() == request.method }) ?? true,
                fault.pathContains.map({ request.target.contains($0) }) ?? true
            else { continue }
            faults[index].matched += 1
            if let times = fault.times, fault.struck >= times { continue }
            let strikesNow: Bool
            if let chance = fault.chance {
                strikesNow = random.chance(chance)
            } else {
                strikesNow = fault.nth.isEmpty || fault.nth.contains(faults[index].matched)
            }
            guard strikesNow else { continue }
            faults[index].struck += 1
            strikes.faults[fault.weakness] = faults[index]
        }
        return strikes
    }
}

/// A control request that cannot be obeyed: 400 with this text.
struct ControlError: Error, Sendable, Hashable {
    var message: String
    var status = 400

    init(_ message: String, status: Int = 400) {
        self.message = message
        self.status = status
    }
}
