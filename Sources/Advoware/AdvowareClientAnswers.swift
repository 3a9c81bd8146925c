import HTTP
import JSON

/// The active employees as Advoware lists them.
public struct EmployeeList: Sendable, Hashable {
    /// Their Kürzel in the answer's order, trimmed, each once.
    public let kuerzel: [String]
    /// How many entries have no usable Kürzel: none, or one of more than 10 characters or with control characters.
    public let unidentifiable: Int

    /// A list; also for fakes in tests.
    public init(kuerzel: [String], unidentifiable: Int = 0) {
        self.kuerzel = kuerzel
        self.unidentifiable = unidentifiable
    }

    init(entries: [JSONValue]) {
        let names = entries.compactMap { entry -> String? in
            let name = (entry[caseInsensitive: "kuerzel"]?.stringValue ?? "").trimmed
            let isUsable =
                (1...10).contains(name.unicodeScalars.count) && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
            return isUsable ? String(name) : nil
        }
        var seen: Set<String> = []
        kuerzel = names.filter { seen.insert($0).inserted }
        unidentifiable = entries.count - names.count
    }
}

/// A complete reading of an employee's Termine.
public struct TerminList: Sendable, Hashable {
    /// The Termine in the answer's order, each `frNr` once.
    public let termine: [Termin]
    /// How many entries have no usable `frNr`.
    public let unidentifiable: Int
    /// The answer as it came.
    public let answer: [UInt8]

    /// A list; also for fakes in tests.
    public init(termine: [Termin], unidentifiable: Int = 0, answer: [UInt8] = []) {
        self.termine = termine
        self.unidentifiable = unidentifiable
        self.answer = answer
    }

    /// Nil if the answer is no list.
    public init?(parsing answer: [UInt8]) {
        guard let entries = (try? JSONList(parsing: answer))?.elements else { return nil }
        let identified = entries.map(Termin.init).filter { $0.frNr != nil }
        var seen: Set<Int64?> = []
        self.init(
            termine: identified.filter { seen.insert($0.frNr).inserted }, unidentifiable: entries.count - identified.count, answer: answer)
    }
}

/// The answer to a reading of one Termin.
public enum SingleTermin: Sendable, Hashable {
    /// It exists.
    case present(Termin)
    /// Advoware says that it does not exist: `[]`, `null` or 404.
    case absent
    /// Nothing at all, or 404 with a page of HTML, which may come from any gateway on the way: that alone proves nothing.
    case emptyBody

    /// Nil if the answer is none of these, for example another Termin than the one asked for.
    init?(response: HTTPResponse, frNr: Int64) {
        if response.status == 404 {
            self = response.isHTML ? .emptyBody : .absent
        } else if AdvowareClient.isEmpty(response.body) {
            self = .emptyBody
        } else {
            switch AdvowareClient.json(response) {
            case .null?, .array([])?: self = .absent
            case .array(let entries)? where entries.count == 1: self.init(entry: entries[0], frNr: frNr)
            case let entry?: self.init(entry: entry, frNr: frNr)
            case nil: return nil
            }
        }
    }

    private init?(entry: JSONValue, frNr: Int64) {
        let termin = Termin(JSONView(entry))
        guard termin.frNr == frNr else { return nil }
        self = .present(termin)
    }
}
