import JSON

/// What both systems held at one moment, and their clock.
struct Checkpoint: Sendable {
    var office: AdvowareOffice
    var google: GoogleWorld
    var clockLead: Int64
}

/// `/control`: what a test or a person at the screen does to the office, past both APIs.
extension Simulator {
    func control(_ request: WireRequest) -> WireAnswer {
        do throws(ControlError) {
            return .json(try controlled(request))
        } catch {
            return .json(.object(["error": .string(error.message)]), status: error.status)
        }
    }

    private func controlled(_ request: WireRequest) throws(ControlError) -> JSONValue {
        let path = Array(request.segments.dropFirst())
        let body = try body(request)
        let argument = path.count > 1 ? path[1] : ""
        switch (request.method, path.first ?? "") {
        case ("POST", "office"): return try newOffice(body)
        case ("POST", "checkpoint"):
            checkpoints[argument] = Checkpoint(office: office, google: google, clockLead: clockLead)
            return .object([:])
        case ("POST", "restore"): return try restore(argument)
        case ("GET", "snapshot"): return snapshot
        case ("GET", "requests"):
            let since = request.parameter("since").flatMap(Int.init) ?? 0
            return .object(["requests": .array(log.since(since))])
        case ("DELETE", "requests"):
            log.removeAll()
            return .object([:])
        case ("GET", "clock"): return .object(["now": .string(now.rfc3339Milliseconds)])
        case ("POST", "clock"): return try setClock(body)
        case ("GET", "weaknesses"): return weaknesses
        case ("GET", "fault"): return .object(["faults": .array(faults.faults.map(\.description))])
        case ("POST", "fault"):
            let id = try faults.add(.object(body), random: body["seed"]?.intValue.map { UInt64(bitPattern: $0) })
            return .object(["id": .int(Int64(id))])
        case ("DELETE", "fault"):
            if path.count > 1 { faults.remove(id: Int(argument) ?? 0) } else { faults.removeAll() }
            return .object([:])
        case (_, "quota"): return try quota(request.method, body)
        case (_, "termin"): return try termin(request.method, argument, body)
        case (_, "employee"): return try employee(request.method, argument, body)
        case (_, "calendar"): return try calendar(request.method, argument, body)
        case (_, "event"): return try event(request, path, body)
        default: throw ControlError("no such control: \(request.method) \(request.path)", status: 404)
        }
    }

    private func body(_ request: WireRequest) throws(ControlError) -> Fields {
        guard !request.body.isEmpty else { return [:] }
        guard case .object(let fields) = request.json else { throw ControlError("the body is not a JSON object") }
        return fields
    }

    private func newOffice(_ body: Fields) throws(ControlError) -> JSONValue {
        let known: Set = ["employees", "termine", "seed", "marker"]
        if let unknown = body.keys.first(where: { !known.contains($0) }) {
            throw ControlError("unknown field \(unknown); allowed: \(known.sorted().joined(separator: ", "))")
        }
        let seed = body["seed"]?.intValue.map { UInt64(bitPattern: $0) } ?? seed
        let employees = Int(body["employees"]?.intValue ?? 5)
        let termine = Int(body["termine"]?.intValue ?? 40)
        guard (0...2000).contains(employees), (0...20_000).contains(termine) else {
            throw ControlError("employees: 0 to 2000, termine: 0 to 20000")
        }
        office = OfficeGenerator(seed: seed, now: now, marker: body["marker"]?.stringValue).office(employees: employees, termine: termine)
        google = GoogleWorld(account: logins.clientEmail, seed: seed)
        random = SeededRandom(seed: seed)
        return .object(["employees": .int(Int64(office.employees.count)), "termine": .int(Int64(office.numbers.count))])
    }

    /// Both systems as they were, without faults and with an empty log.
    private func restore(_ name: String) throws(ControlError) -> JSONValue {
        guard let checkpoint = checkpoints[name] else { throw ControlError("no checkpoint \(name)", status: 404) }
        office = checkpoint.office
        google = checkpoint.google
        clockLead = checkpoint.clockLead
        faults.removeAll()
        log.removeAll()
        return .object([:])
    }

    private var snapshot: JSONValue {
        .object([
            "now": .string(now.rfc3339Milliseconds),
            "advoware": .object([
                "employees": .array(office.employees.map { .object($0) }),
                "termine": .array(office.numbers.compactMap { office.termine[$0].map { .object($0) } }),
            ]),
            "google": google.snapshot,
        ])
    }

    private func setClock(_ body: Fields) throws(ControlError) -> JSONValue {
        if let text = body["now"]?.stringValue {
            guard let wanted = Moment(rfc3339: text) else { throw ControlError("now: \(text) is not RFC 3339 with a zone") }
            clockLead = wanted.microseconds - Self.realNow.microseconds
        } else if let seconds = body["advance_seconds"]?.intValue, abs(seconds) <= 3_000_000_000 {
            clockLead += seconds * 1_000_000
        } else {
            throw ControlError("say now or advance_seconds")
        }
        return .object(["now": .string(now.rfc3339Milliseconds)])
    }

    private var weaknesses: JSONValue {
        .object([
            "weaknesses": .array(
                Weakness.allCases.map { weakness in
                    .object([
                        "name": .string(weakness.rawValue),
                        "systems": .array(weakness.systems.map(\.rawValue).sorted().map { .string($0) }),
                        "sentence": .string(weakness.sentence),
                    ])
                })
        ])
    }

    private func termin(_ method: String, _ argument: String, _ body: Fields) throws(ControlError) -> JSONValue {
        let number = Int64(argument) ?? 0
        do throws(AdvowareRefusal) {
            switch method {
            case "POST": return .object(["frNr": .int(try office.create(body, now: now))])
            case "PUT": try office.change(number, body, now: now)
            case "DELETE": try office.delete(number)
            case "GET":
                guard let found = office.single(number) else { throw AdvowareRefusal("no Termin \(argument)", status: 404) }
                return .object(found)
            default: throw AdvowareRefusal("method \(method)", status: 405)
            }
        } catch {
            throw ControlError("termin \(argument): \(error.message)", status: error.status == 500 ? 400 : error.status)
        }
        return .object(["frNr": .int(number)])
    }

    private func employee(_ method: String, _ argument: String, _ body: Fields) throws(ControlError) -> JSONValue {
        switch method {
        case "POST":
            guard let kuerzel = body["kuerzel"]?.stringValue, (1...10).contains(kuerzel.count) else {
                throw ControlError("kuerzel: 1 to 10 characters")
            }
            office.employees.removeAll { $0["kuerzel"]?.stringValue == kuerzel }
            let made = OfficeGenerator.employee(
                kuerzel: kuerzel, name: body["name"]?.stringValue ?? kuerzel, vorname: body["vorname"]?.stringValue ?? "")
            office.employees.append(made)
            return .object(made)
        case "DELETE":
            guard let index = office.employees.firstIndex(where: { $0["kuerzel"]?.stringValue == argument }) else {
                throw ControlError("no employee \(argument)", status: 404)
            }
            // Gone from the list of active ones; the Termine stay.
            office.employees[index]["aktiv"] = false
            return .object(office.employees[index])
        default: throw ControlError("method \(method)", status: 405)
        }
    }
}
