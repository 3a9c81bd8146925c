public import Appointments
import HTTP
public import JSON

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

/// A complete reading of an employee's Termine: where in the answer each stands. What it says is read when somebody asks.
public struct TerminList: Sendable {
    /// A Termin with a number.
    public struct Entry: Sendable {
        /// The number.
        public let frNr: Int64
        /// Where it stands.
        public let view: JSONView
        /// What it says.
        public var termin: Termin { Termin(view) }
    }

    /// In the answer's order, each `frNr` once.
    public let entries: [Entry]
    /// How many entries have no usable `frNr`.
    public let unidentifiable: Int
    /// The answer as it came.
    public let answer: [UInt8]
    /// When Advoware's server says that it answered; nil if it does not.
    public let answeredAt: Instant?

    /// Nil if the answer is no list.
    public init?(parsing answer: [UInt8], answeredAt: Instant? = nil) {
        guard let views = (try? JSONList(parsing: answer))?.elements else { return nil }
        let identified = views.compactMap { view in Termin(view).frNr.map { Entry(frNr: $0, view: view) } }
        var seen: Set<Int64> = []
        entries = identified.filter { seen.insert($0.frNr).inserted }
        unidentifiable = views.count - identified.count
        self.answer = answer
        self.answeredAt = answeredAt
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
