import Foundation
public import JSON

/// What the product writes on its events as private extended properties, so that a hub without memory knows them again. Never content.
public struct EventTag: Sendable, Hashable {
    /// The id of the link, a UUID in small letters.
    public var syncID: String
    /// The number of the Termin, nil while it is not known.
    public var frNr: Int64?
    /// The employee.
    public var kuerzel: String
    /// Where the appointment began: `advoware` or `google`.
    public var source: String
    /// Whether the event is an anonymised copy.
    public var anonymized: Bool

    /// A tag as given.
    public init(syncID: String, frNr: Int64?, kuerzel: String, source: String, anonymized: Bool) {
        (self.syncID, self.frNr, self.kuerzel) = (syncID.lowercased(), frNr, kuerzel)
        (self.source, self.anonymized) = (source, anonymized)
    }

    static let advoware = "advoware"
    static let google = "google"

    /// Reads `extendedProperties`; nil without a link id or a Kürzel that Advoware could have. Any other source than `google` is Advoware's,
    /// where less may be written.
    init?(extendedProperties: JSONView?) {
        guard let properties = extendedProperties?["private"],
            let uuid = properties["sync_id"]?.stringValue.flatMap(UUID.init(uuidString:)),
            let kuerzel = properties["kuerzel"]?.stringValue, (1...10).contains(kuerzel.count),
            !kuerzel.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return nil }
        self.init(
            syncID: uuid.uuidString, frNr: properties["frNr"]?.intValue,
            kuerzel: kuerzel,
            source: properties["source"]?.stringValue == Self.google ? Self.google : Self.advoware,
            anonymized: Self.isAnonymized(extendedProperties))
    }

    /// Whether the event says that it is an anonymised copy, be the rest of its tag damaged or not: such a one is never posted.
    static func isAnonymized(_ extendedProperties: JSONView?) -> Bool {
        extendedProperties?["private"]?["anonymized"]?.stringValue == "true"
    }

    /// The value of `extendedProperties`. Without a number that field is left out, so that a PATCH keeps what is there.
    public var extendedProperties: JSONValue {
        var properties: [String: JSONValue] = [
            "sync_id": .string(syncID), "kuerzel": .string(kuerzel), "source": .string(source),
            "anonymized": .string(anonymized ? "true" : "false"),
        ]
        if let frNr { properties["frNr"] = .string(String(frNr)) }
        return ["private": .object(properties)]
    }
}
