import JSON

/// Advoware's REST API, under `/advoware/api/v1/advonet`.
extension Simulator {
    func advoware(_ request: WireRequest, _ strikes: Strikes) -> WireAnswer {
        if strikes.has(.tokenDiesEarly) { logins.revokeAdvoware() }
        guard logins.isAdvowareToken(request.bearer, now: now) else {
            return .json(.object(["Message": "Authorization has been denied for this request."]), status: 401)
        }
        if strikes.has(.notFound) { return .json(.object(["Message": "No HTTP resource was found."]), status: 404) }
        let path = request.segments.dropFirst().map { $0.lowercased() }
        guard path.count == 4, path.prefix(3) == ["api", "v1", "advonet"] else { return .text("Not Found", status: 404) }
        do throws(AdvowareRefusal) {
            switch (request.method, path[3]) {
            case ("GET", "mitarbeiter"): return employees(request, strikes)
            case ("GET", "termine"): return try termine(request, strikes)
            case ("POST", "termine"): return try createTermin(request, strikes)
            case ("PUT", "termine"): return try replaceTermin(request, strikes)
            case ("DELETE", "termine"):
                guard let number = parameter("frnr", of: request).flatMap(Int64.init) else { throw AdvowareRefusal("frnr fehlt.") }
                try office.delete(number)
                return WireAnswer(status: 200)
            case (_, "mitarbeiter"), (_, "termine"): return .text("The requested resource does not support this method.", status: 405)
            default: return .text("Not Found", status: 404)
            }
        } catch {
            return .json(.object(["Message": "An error has occurred.", "ExceptionMessage": .string(error.message)]), status: error.status)
        }
    }

    /// Parameter names in any case, as ASP.NET reads them.
    private func parameter(_ name: String, of request: WireRequest) -> String? {
        request.query.first { $0.name.lowercased() == name }?.value
    }

    private func employees(_ request: WireRequest, _ strikes: Strikes) -> WireAnswer {
        if strikes.has(.wrongEmptyList) { return .json(.array([])) }
        let activeOnly = parameter("aktiv", of: request)?.lowercased() == "true"
        var style = style(strikes)
        return .json(.array(office.employees.filter { !activeOnly || $0["aktiv"] == true }.map { style.named($0) }))
    }

    private func termine(_ request: WireRequest, _ strikes: Strikes) throws(AdvowareRefusal) -> WireAnswer {
        var style = style(strikes)
        if let text = parameter("frnr", of: request) {
            guard let number = Int64(text) else { throw AdvowareRefusal("Input string was not in a correct format.") }
            guard var found = office.single(number) else { return strikes.has(.absentShapes) ? Self.absent(number) : .json(.array([])) }
            if strikes.has(.nullSingle) { return .json(.null) }
            if strikes.has(.singleDiffers) { found["text"] = .string((found["text"]?.stringValue ?? "") + " ?") }
            // Both shapes occur.
            return .json(number % 2 == 0 ? style.write(found) : .array([style.write(found)]))
        }
        guard let kuerzel = parameter("kuerzel", of: request), let from = parameter("from", of: request).flatMap(Stamp.init),
            let to = parameter("to", of: request).flatMap(Stamp.init)
        else { throw AdvowareRefusal("Object reference not set to an instance of an object.") }
        if strikes.has(.wrongEmptyList) { return .json(.array([])) }
        var found = office.list(kuerzel: kuerzel, from: from.wall, to: to.wall, withEverybodys: !strikes.has(.everybodyUnlisted))
        if strikes.has(.shortList) { found = found.enumerated().filter { $0.offset % 2 == 0 }.map(\.element) }
        if strikes.has(.derivedTermine) {
            office.showsDerived = true
            found += found.compactMap(AdvowareOffice.derived)
        }
        var list = found.map { style.write($0) }
        if strikes.has(.entryWithoutNumber), var last = found.last {
            last.removeValue(forKey: "frNr")
            list.append(style.write(last))
        }
        return .json(.array(list))
    }

    /// The ways to say that there is no such Termin, beside an empty array.
    private static func absent(_ number: Int64) -> WireAnswer {
        switch number % 3 {
        case 0: .json(.null)
        case 1: WireAnswer(status: 200)
        default: .json(.object(["Message": "Termin nicht gefunden."]), status: 404)
        }
    }

    private func createTermin(_ request: WireRequest, _ strikes: Strikes) throws(AdvowareRefusal) -> WireAnswer {
        let number = try office.create(try body(request, strikes), now: now)
        return numbered(number, strikes)
    }

    private func replaceTermin(_ request: WireRequest, _ strikes: Strikes) throws(AdvowareRefusal) -> WireAnswer {
        numbered(try office.replace(try body(request, strikes), now: now), strikes)
    }

    /// `{"frNr": n}` in one of the spellings seen; no change timestamp, ever.
    private func numbered(_ number: Int64, _ strikes: Strikes) -> WireAnswer {
        let names = ["frNr", "frnr", "FrNr"]
        let name = names[Int(number % 3)]
        return .json(.object([name: strikes.has(.frnrNull) ? .null : .int(number)]))
    }

    private func body(_ request: WireRequest, _ strikes: Strikes) throws(AdvowareRefusal) -> Fields {
        guard case .object(let sent) = request.json else { throw AdvowareRefusal("Value cannot be null.") }
        var fields = AdvowareOffice.canonicalNames(sent)
        for name in ["text", "notiz", "ort"] {
            guard let text = fields[name]?.stringValue else { continue }
            fields[name] = .string(strikes.stored(text))
        }
        return fields
    }
}
