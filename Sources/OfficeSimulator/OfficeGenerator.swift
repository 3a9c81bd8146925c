import JSON

/// Makes an office out of a seed: the same seed and day give the same Termine, whatever the machine.
struct OfficeGenerator: Sendable {
    var seed: UInt64
    var now: Moment
    /// Put into every text, note and place, so that a test can search for leaks.
    var marker: String?

    /// `employees` employees with `termine` Termine each; some Termine belong to two of them.
    func office(employees: Int, termine: Int) -> AdvowareOffice {
        var random = SeededRandom(seed: seed)
        var office = AdvowareOffice()
        office.employees = (0..<max(0, employees)).map { Self.employee($0) }
        let kuerzel = office.employees.compactMap { $0["kuerzel"]?.stringValue }
        let today = now.wall(in: .berlin).day
        for number in 0..<max(0, termine) {
            for owner in kuerzel {
                let fields = termin(owner: owner, everyone: kuerzel, number: number, today: today, &random)
                // The generator writes nothing that Advoware would refuse.
                guard let frNr = try? office.create(fields, now: now) else { continue }
                office.backdate(frNr, to: now.adding(seconds: -Double.random(in: 3600..<(60 * 86_400), using: &random)))
            }
        }
        return office
    }

    /// The nth employee; beyond the list of names, `K11`, `K12`, ….
    static func employee(_ index: Int) -> Fields {
        let named = index < OfficeTexts.employees.count ? OfficeTexts.employees[index] : ("K\(index + 1)", "Kim", "Kollege \(index + 1)")
        return employee(kuerzel: named.0, name: named.2, vorname: named.1)
    }

    static func employee(kuerzel: String, name: String, vorname: String) -> Fields {
        [
            "kuerzel": .string(kuerzel), "name": .string(name), "vorname": .string(vorname), "aktiv": true, "titel": .null,
            "telefon": "0221/12345-0",
            "email": .string("kanzlei@example.org"), "berufsbezeichnung": "Rechtsanwalt",
        ]
    }

    private func termin(owner: String, everyone: [String], number: Int, today: CivilDay, _ random: inout SeededRandom) -> Fields {
        let anyDay = today.adding(Int.random(in: -20...298, using: &random))
        // Lawyers have weekends, mostly.
        let day = anyDay.weekday >= 5 && random.chance(0.9) ? anyDay.adding(2) : anyDay
        let client = random.pick(OfficeTexts.clients)
        let file = "\(Int.random(in: 1...999, using: &random))/\(digits(day.parts.year % 100, 2))"
        var fields: Fields = [
            "nr": .string(file), "azRubrum": .string("\(client) ./. \(random.pick(OfficeTexts.clients))"),
            "notiz": .string(random.pick(OfficeTexts.notes)),
            "ort": .string(random.pick(OfficeTexts.rooms)), "vorbereitungsDauer": .string(random.chance(0.2) ? "00:30:00" : "00:00:00"),
            "privat": .int(random.chance(0.06) ? 1 : 0), "referat": .int(Int64.random(in: 1...9, using: &random)),
            "angelegtVon": .string(owner),
            "sb": .string(owner), "anwalt": .string(owner),
        ]
        if random.chance(0.08), let other = everyone.filter({ $0 != owner }).randomElement(using: &random) {
            fields[random.chance(0.5) ? "sb" : "anwalt"] = .string(other)
        } else if random.chance(0.04) {
            fields[random.chance(0.5) ? "sb" : "anwalt"] = ""
        }
        // The kinds come round in turn, so that a small office has one of each too.
        fields.merge(kind(number, day: day, client: client, file: file, &random)) { _, new in new }
        // Real offices leave things out.
        if fields["dauertermin"] == 0, fields["abwesenheit"] != 1, random.chance(0.05) {
            fields[random.chance(0.5) ? "uhrzeitVon" : "uhrzeitBis"] = .null
        }
        if random.chance(0.02) { fields["text"] = "" }
        if let marker {
            for name in ["text", "notiz", "ort"] {
                let text = fields[name]?.stringValue ?? ""
                fields[name] = .string(text.isEmpty ? marker : text + " " + marker)
            }
        }
        return fields
    }

    private func kind(_ number: Int, day: CivilDay, client: String, file: String, _ random: inout SeededRandom) -> Fields {
        switch number % 20 {
        case 3: return whole(day, days: 1, random.pick(OfficeTexts.deadlines) + " \(client) (\(file))")
        case 13:
            // Phones and holidays say whole days by the absence alone.
            return whole(day, days: 1, random.pick(OfficeTexts.away), away: true).merging(["dauertermin": 0]) { $1 }
        case 5: return whole(day, days: Int.random(in: 2...14, using: &random), random.pick(OfficeTexts.away), away: true)
        case 7:
            return series(
                day, kind: 2, every: 1, days: 180 + Int.random(in: 0...9, using: &random), random.pick(OfficeTexts.weekly), hour: 9)
        case 9: return series(day, kind: 1, every: Int.random(in: 1...2, using: &random), days: 20, random.pick(OfficeTexts.daily), hour: 8)
        case 11:
            let safe = CivilDay(year: day.parts.year, month: day.parts.month, day: min(day.parts.day, 28)) ?? day
            return series(safe, kind: 3, every: 1, days: 365, random.pick(OfficeTexts.monthly), hour: 16)
        case 15:
            var fields = series(day, kind: 4, every: 1, days: nil, random.pick(OfficeTexts.yearly) + " " + client, hour: 0)
            fields["uhrzeitBis"] = "23:59:00"
            return fields
        case 17: return series(day, kind: 2, every: 2, days: nil, random.pick(OfficeTexts.weekly) + " " + client, hour: 11)
        case 19:
            let start = Int.random(in: 13...17, using: &random)
            var fields = timed(day, start: start * 3600, minutes: 0, "Konferenz " + client)
            fields["datumBis"] = .string(day.adding(2).iso)
            fields["uhrzeitBis"] = "12:30:00"
            return fields
        case let other where other % 2 == 0:
            let start = Int.random(in: 16...32, using: &random) * 1800
            var fields = timed(
                day, start: start, minutes: random.pick([30, 45, 60, 90, 120], else: 60),
                "\(random.pick(OfficeTexts.hearings)) \(client) ./. \(random.pick(OfficeTexts.clients)), \(file)")
            let court = random.pick(OfficeTexts.courts)
            fields["ort"] = .string("\(court), Saal \(Int.random(in: 1...320, using: &random)), \(random.pick(OfficeTexts.streets))")
            return fields
        default:
            let start = Int.random(in: 16...34, using: &random) * 1800
            return timed(day, start: start, minutes: random.pick([15, 30, 60], else: 30), "\(random.pick(OfficeTexts.meetings)) \(client)")
        }
    }

    private func timed(_ day: CivilDay, start: Int, minutes: Int, _ text: String) -> Fields {
        [
            "datum": .string(day.iso), "datumBis": .string(day.iso), "uhrzeitVon": .string(CivilTime.clock(start)),
            "uhrzeitBis": .string(CivilTime.clock(start + minutes * 60)), "text": .string(text), "dauertermin": 0, "turnus": 0,
            "turnusArt": 0,
        ]
    }

    private func whole(_ day: CivilDay, days: Int, _ text: String, away: Bool = false) -> Fields {
        [
            "datum": .string(day.iso), "datumBis": .string(day.adding(days - 1).iso), "uhrzeitVon": "00:00:00", "uhrzeitBis": "23:59:00",
            "text": .string(text), "dauertermin": 1, "turnus": 0, "turnusArt": 0, "abwesenheit": .int(away ? 1 : 0),
        ]
    }

    /// - Parameter days: how long the series runs; nil: without end, which Advoware writes as the last day of 2037.
    private func series(_ day: CivilDay, kind: Int64, every: Int, days: Int?, _ text: String, hour: Int) -> Fields {
        [
            "datum": .string(day.iso), "datumBis": .string(days.map { day.adding($0).iso } ?? "2037-12-31"),
            "uhrzeitVon": .string(CivilTime.clock(hour * 3600)), "uhrzeitBis": .string(CivilTime.clock(hour * 3600 + 2700)),
            "text": .string(text),
            "dauertermin": 1, "turnus": .int(Int64(every)), "turnusArt": .int(kind),
        ]
    }
}
