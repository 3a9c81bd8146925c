import Foundation
import JSON

/// A request that Advoware cannot serve. It says 500 to nearly everything.
struct AdvowareRefusal: Error, Sendable, Hashable {
    var status = 500
    var message: String

    init(_ message: String, status: Int = 500) {
        self.message = message
        self.status = status
    }
}

/// The office as Advoware keeps it: employees and Termine, each Termin under its own field names.
struct AdvowareOffice: Sendable {
    var employees: [Fields] = []
    /// By number. Dates are `YYYY-MM-DD`, times `HH:MM:SS` or null; how they look in an answer is the answer's business.
    private(set) var termine: [Int64: Fields] = [:]
    /// The numbers of each employee's Termine: an office of hundreds is listed employee by employee.
    private var owned: [String: Set<Int64>] = [:]
    private var forEverybody: Set<Int64> = []
    /// Numbers only grow and are never used again.
    private(set) var highest: Int64 = 85_860
    private var changes = 0
    /// Once lists have shown derived Termine, they can be read singly too.
    var showsDerived = false

    static let names = [
        "frNr", "datum", "datumBis", "uhrzeitVon", "uhrzeitBis", "uhrzeitBisTicks", "text", "notiz", "ort", "dauertermin", "turnus",
        "turnusArt",
        "anwalt", "sb", "vorbereitungsDauer", "privat", "abwesenheit", "erinnerung", "erinnerungsDatum", "nr", "azRubrum",
        "zuletztGeaendertAm",
        "angelegtAm", "referat", "kategorieId", "raumNr", "angelegtVon",
    ]
    private static let canonical = Dictionary(uniqueKeysWithValues: names.map { ($0.lowercased(), $0) })

    /// The numbers of what lives, in order.
    var numbers: [Int64] { termine.keys.sorted() }

    mutating func create(_ body: Fields, now: Moment, id: Int64? = nil) throws(AdvowareRefusal) -> Int64 {
        var fields = try checked(body)
        highest = max(highest + 1, id ?? 0)
        fields["frNr"] = .int(highest)
        fields["angelegtAm"] = .string(now.wall(in: .berlin).iso)
        keep(stamped(fields, now), highest)
        return highest
    }

    /// Replaces the whole Termin: what the body does not name is empty afterwards.
    mutating func replace(_ body: Fields, now: Moment) throws(AdvowareRefusal) -> Int64 {
        let named = Self.canonicalNames(body)
        guard let number = named["frNr"]?.intValue, number > 0, let old = termine[number] else {
            throw AdvowareRefusal("Object reference not set to an instance of an object.")
        }
        var fields = try checked(body)
        fields["frNr"] = .int(number)
        fields["angelegtAm"] = old["angelegtAm"]
        keep(stamped(fields, now), number)
        return number
    }

    private mutating func keep(_ fields: Fields, _ number: Int64) {
        termine[number] = fields
        for name in ["sb", "anwalt"] {
            if let kuerzel = fields[name]?.stringValue, !kuerzel.isEmpty { owned[kuerzel, default: []].insert(number) }
        }
        if Self.isForEverybody(fields) { forEverybody.insert(number) }
    }

    /// Changes some fields, as a person at the screen does.
    mutating func change(_ number: Int64, _ changes: Fields, now: Moment) throws(AdvowareRefusal) {
        guard let old = termine[number] else { throw AdvowareRefusal("no Termin \(number)", status: 404) }
        var fields = old
        for (name, value) in Self.canonicalNames(changes) { fields[name] = value }
        fields["frNr"] = .int(number)
        _ = try replace(fields, now: now)
    }

    mutating func delete(_ number: Int64) throws(AdvowareRefusal) {
        guard number > 0 else { throw AdvowareRefusal("Object reference not set to an instance of an object.") }
        guard termine.removeValue(forKey: number) != nil else { throw AdvowareRefusal("Termin nicht gefunden.", status: 404) }
    }

    /// Sets the two timestamps of a Termin that was there before the simulation began.
    mutating func backdate(_ number: Int64, to moment: Moment) {
        guard let fields = termine[number] else { return }
        termine[number] = stamped(fields, moment)
        termine[number]?["angelegtAm"] = .string(moment.wall(in: .berlin).iso)
    }

    /// Those that are this employee's as `sb` or `anwalt`, or everybody's, and overlap the window (Berlin wall time, both ends inclusive).
    func list(kuerzel: String, from: CivilTime, to: CivilTime, withEverybodys: Bool = true) -> [Fields] {
        // What has changed hands or is deleted is found out here, not on writing.
        (owned[kuerzel] ?? []).union(withEverybodys ? forEverybody : []).sorted().compactMap { termine[$0] }.filter { fields in
            guard
                fields["sb"]?.stringValue == kuerzel || fields["anwalt"]?.stringValue == kuerzel
                    || (withEverybodys && Self.isForEverybody(fields)),
                let span = Self.span(fields)
            else { return false }
            return span.first <= to && span.last >= from
        }
    }

    /// Whether it names nobody's Kürzel as `anwalt`, but all.
    static func isForEverybody(_ fields: Fields) -> Bool {
        ["alle", "allgemein"].contains(fields["anwalt"]?.stringValue?.lowercased() ?? "")
    }

    /// The Termin with this number; a negative one is derived from its positive.
    func single(_ number: Int64) -> Fields? {
        if number > 0 { return termine[number] }
        guard showsDerived, number > .min, let origin = termine[-number] else { return nil }
        return Self.derived(from: origin)
    }

    /// The preparation for a Termin, half an hour before it; nil where there is none.
    static func derived(from origin: Fields) -> Fields? {
        guard let number = origin["frNr"]?.intValue, number % 3 == 0, origin["dauertermin"]?.intValue != 1,
            let start = origin["uhrzeitVon"]?.stringValue.flatMap(CivilTime.secondOfDay), start >= 1800
        else { return nil }
        var fields = origin
        fields["frNr"] = .int(-number)
        fields["text"] = .string("Vorbereitung: " + (origin["text"]?.stringValue ?? ""))
        fields["datumBis"] = origin["datum"]
        fields["uhrzeitVon"] = .string(CivilTime.clock(start - 1800))
        fields["uhrzeitBis"] = .string(CivilTime.clock(start))
        return fields
    }

    /// First and last moment; of a series, the whole of it.
    static func span(_ fields: Fields) -> (first: CivilTime, last: CivilTime)? {
        guard let day = fields["datum"]?.stringValue.flatMap(CivilDay.init(iso:)) else { return nil }
        let first = CivilTime(day: day, second: fields["uhrzeitVon"]?.stringValue.flatMap(CivilTime.secondOfDay) ?? 0)
        let lastDay = fields["datumBis"]?.stringValue.flatMap(CivilDay.init(iso:)) ?? day
        let last = CivilTime(day: lastDay, second: fields["uhrzeitBis"]?.stringValue.flatMap(CivilTime.secondOfDay) ?? 86_399)
        return (first, max(first, last))
    }

    static func canonicalNames(_ body: Fields) -> Fields {
        body.reduce(into: [:]) { $0[canonical[$1.key.lowercased()] ?? $1.key] = $1.value }
    }

    private mutating func stamped(_ fields: Fields, _ now: Moment) -> Fields {
        changes += 1
        // Seven digits at most, the seventh beyond our clock; how many are written differs from change to change.
        let count = (changes &* 2_654_435_761 >> 12) % 8
        let fraction = (digits(now.fraction, 6) + String(changes % 10)).prefix(count)
        var fields = fields
        fields["zuletztGeaendertAm"] = .string(now.wall(in: .berlin).iso + (count == 0 ? "" : "." + fraction))
        return fields
    }

    /// The body as stored, or 500.
    private func checked(_ body: Fields) throws(AdvowareRefusal) -> Fields {
        let broken = AdvowareRefusal("Object reference not set to an instance of an object.")
        var fields = Self.canonicalNames(body)
        if let number = fields["frNr"]?.intValue, number < 0 { throw broken }
        guard let day = try day(fields["datum"]) else { throw broken }
        fields["datum"] = .string(day.iso)
        let lastDay = try self.day(fields["datumBis"]) ?? day
        guard lastDay >= day else { throw AdvowareRefusal("datumBis liegt vor datum.") }
        fields["datumBis"] = .string(lastDay.iso)
        for name in ["uhrzeitVon", "uhrzeitBis"] { fields[name] = try time(fields[name]) }
        if let ticks = fields["uhrzeitBisTicks"], !ticks.isNull {
            guard let number = ticks.intValue, (0..<864_000_000_000).contains(number) else { throw broken }
            fields["uhrzeitBis"] = .string(CivilTime.clock(Int(number / 10_000_000)))
        }
        fields["uhrzeitBisTicks"] = nil
        for name in ["text", "notiz", "ort", "sb", "anwalt"] {
            switch fields[name] ?? .null {
            case .null: fields[name] = ""
            case .string: break
            default: throw broken
            }
        }
        for name in ["dauertermin", "turnus", "turnusArt", "privat", "abwesenheit"] {
            switch fields[name] ?? .null {
            case .null: fields[name] = 0
            case .bool(let flag): fields[name] = flag ? 1 : 0
            case .int(let number) where number >= 0: break
            default: throw broken
            }
        }
        guard (fields["turnusArt"]?.intValue ?? 0) <= 4 else { throw broken }
        let known = Set(employees.compactMap { $0["kuerzel"]?.stringValue })
        for name in ["sb", "anwalt"] {
            guard let kuerzel = fields[name]?.stringValue,
                kuerzel.isEmpty || known.contains(kuerzel) || (name == "anwalt" && Self.isForEverybody(fields))
            else {
                throw AdvowareRefusal("The INSERT statement conflicted with the FOREIGN KEY constraint.")
            }
        }
        for name in Self.names where fields[name] == nil && name != "uhrzeitBisTicks" { fields[name] = .null }
        return fields
    }

    private func day(_ value: JSONValue?) throws(AdvowareRefusal) -> CivilDay? {
        guard let value, !value.isNull else { return nil }
        let text = value.stringValue ?? ""
        guard let day = CivilDay(iso: String(text.prefix(10))), text.utf8.count == 10 || Stamp(text) != nil else {
            throw AdvowareRefusal("String was not recognized as a valid DateTime.")
        }
        return day
    }

    private func time(_ value: JSONValue?) throws(AdvowareRefusal) -> JSONValue {
        guard let value, !value.isNull, value != "" else { return .null }
        guard let second = value.stringValue.flatMap(CivilTime.secondOfDay) else {
            throw AdvowareRefusal("String was not recognized as a valid TimeSpan.")
        }
        return .string(CivilTime.clock(second))
    }
}
