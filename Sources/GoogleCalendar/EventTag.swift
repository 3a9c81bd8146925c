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
        guard let properties = extendedProperties?["private"].map({ JSONFields($0) }),
            let syncID = properties["sync_id"]?.stringValue, Self.isUUID(syncID),
            let kuerzel = properties["kuerzel"]?.stringValue, (1...10).contains(kuerzel.count),
            !kuerzel.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
        else { return nil }
        self.init(
            syncID: syncID, frNr: properties["frNr"]?.intValue,
            kuerzel: kuerzel,
            source: properties["source"]?.stringValue == Self.google ? Self.google : Self.advoware,
            anonymized: properties["anonymized"]?.stringValue == "true")
    }

    /// Digits in groups of 8, 4, 4, 4 and 12.
    private static func isUUID(_ text: String) -> Bool {
        guard text.utf8.count == 36 else { return false }
        return text.utf8.enumerated().allSatisfy { place, byte in
            switch place {
            case 8, 13, 18, 23: byte == UInt8(ascii: "-")
            default: (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
            }
        }
    }

    /// Whether the event says that it is an anonymised copy, be the rest of its tag damaged or not: such a one is never posted.
    static func isAnonymized(_ extendedProperties: JSONView?) -> Bool {
        extendedProperties?["private"]?["anonymized"]?.stringValue == "true"
    }

    /// The value of `extendedProperties` that says of a series that it is carried occurrence by occurrence. It names the series: a copy
    /// that a user makes of it does not say it of itself, and what is split off does.
    public static func carried(_ id: String) -> JSONValue { ["private": ["carried": .string(SeriesID.family(of: id))]] }

    static func saysCarried(_ extendedProperties: JSONView?, id: String) -> Bool {
        extendedProperties?["private"]?["carried"]?.stringValue == SeriesID.family(of: id)
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
