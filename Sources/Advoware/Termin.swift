public import Appointments
public import JSON

/// A Termin as Advoware answered it, every field kept, be it known or not.
public struct Termin: Sendable, Hashable {
    private let places: JSONFields

    /// A Termin with these fields.
    public init(fields: [String: JSONValue]) { self.init(JSONView(.object(fields))) }

    /// A Termin inside an answer; without fields if it is no object.
    public init(_ entry: JSONView) { places = JSONFields(entry) }

    /// The entry of the answer.
    public var view: JSONView { places.view }

    /// The fields under the spelling in which they were read.
    public var fields: [String: JSONValue] { places.values }

    /// The spellings under which a field stands there: Advoware changes them from answer to answer, and a sloppy answer may hold two.
    static func spellings(of field: TerminField, in fields: [String: JSONValue]) -> [String] {
        let name = field.rawValue.lowercased()
        return fields.keys.filter { $0.lowercased() == name }
    }

    /// The value of a field in whatever spelling; nil if it is missing or `null`.
    func value(of field: TerminField) -> JSONView? { places[anySpelling: field.rawValue] }

    /// A field's text without white space around it; empty if it is missing.
    func text(of field: TerminField) -> String {
        guard let value = value(of: field) else { return "" }
        if let text = value.stringValue { return String(text.trimmed) }
        if case .int(let number) = value.scalar { return String(number) }
        return ""
    }

    /// A field's whole number, 1 for `true`; nil if it is missing or no number.
    func number(of field: TerminField) -> Int64? {
        let value = value(of: field)
        return value?.boolValue.map { $0 ? 1 : 0 } ?? value?.intValue
    }

    /// The number, nil if the answer has none (0 counts as none).
    public var frNr: Int64? {
        guard let number = value(of: .frNr)?.intValue, number != 0 else { return nil }
        return number
    }

    /// Whether Advoware derived it from another Termin (travel, preparation, holiday): such ones can be neither changed nor deleted.
    public var isDerived: Bool { (frNr ?? 0) < 0 }

    /// When it was last changed, read as Berlin wall time by the rule of `pytz.localize`, whatever offset the text pretends.
    /// Nil if the field is missing, unreadable or not plausible.
    public var zuletztGeaendertAm: Instant? {
        guard let moment = MomentText(text(of: .zuletztGeaendertAm)), moment.date.isPlausible else { return nil }
        return Berlin.instant(of: moment.wallTime, microsecond: moment.microsecond)
    }

    /// The Kürzel of the clerk, empty if none.
    public var sb: String { text(of: .sb) }

    /// The Kürzel of the lawyer, empty if none.
    public var anwalt: String { text(of: .anwalt) }

    /// Whose it is, seen from the employee in whose list it stands. Kürzel that differ in case only are two people.
    public func ownership(of kuerzel: String) -> Ownership {
        let own = kuerzel.trimmed
        let (sb, anwalt) = (sb, anwalt)
        if anwalt == own { return sb == own ? .exclusive : sb.isEmpty ? .own : .shared }
        if anwalt.isEmpty { return sb == own ? .own : .everybody }
        if Self.everybody.contains(anwalt.lowercased()) { return .everybody }
        if sb != own, !sb.isEmpty { return .foreign }
        return number(of: .privat) == 1 ? .private : .shared
    }

    /// What stands for all employees in `anwalt`, in lower case.
    private static let everybody: Set<String> = ["alle", "allgemein"]
}

/// Whose a Termin is, by its fields `sb`, `anwalt` and `privat`.
public enum Ownership: String, Sendable, Hashable {
    /// `sb` and `anwalt` are the employee: only such a one can be a Termin that we made.
    case exclusive
    /// One is the employee and the other is empty.
    case own
    /// One is another employee, the other is this one or empty: somebody else would miss it.
    case shared
    /// Shared, and `anwalt` is the other one, who has marked it private.
    case `private`
    /// `anwalt` is `ALLE` or `Allgemein`, or is empty while `sb` is not the employee.
    case everybody
    /// Both are given, and neither is the employee.
    case foreign
}
