import Signing

/// The key of the fingerprints: without it nobody who can read the hub can guess at what an appointment says.
public struct FingerprintKey: Sendable {
    /// Version and key id, `1:` and eight hex digits: what every fingerprint of this key begins with. Says nothing of the key.
    public let prefix: String
    private let secret: [UInt8]

    /// The version of the canonical form and of its encoding; to be raised when either changes.
    public static let version = 1

    /// - Throws: `SigningError` if OpenSSL refuses.
    public init(secret: [UInt8]) throws {
        let id = try HMAC.sha256(key: secret, message: Array("calendar-sync fingerprint key id".utf8))
        self.secret = secret
        prefix = "\(Self.version):\(hex(id.prefix(4)))"
    }

    fileprivate func print(_ fields: [String]) throws -> String {
        var message: [UInt8] = []
        for field in fields {
            // The length before each field keeps ("a", "bc") apart from ("ab", "c").
            let bytes = Array(field.utf8)
            message += stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: bytes.count >> $0) }
            message += bytes
        }
        return "\(prefix):\(hex(try HMAC.sha256(key: secret, message: message)))"
    }
}

/// What the hub keeps instead of an appointment's content; each reads `1:<key id>:<hex HMAC-SHA256>`.
public struct Fingerprints: Sendable, Hashable {
    /// Start, end, all-day, series, text, note and place.
    public let full: String
    /// Start, end, all-day and series.
    public let time: String
    /// The full one of the anonymised appointment.
    public let anonymous: String
}

/// The fingerprints of an appointment's canonical form.
///
/// - Parameter shape: what a series says beyond its rule, or instead of one that Advoware cannot represent: recurrence lines and
///   exceptions, in a fixed order. Empty for everything that both systems can represent.
/// - Throws: `SigningError` if OpenSSL refuses.
public func fingerprints(of appointment: Appointment, shape: [String] = [], key: FingerprintKey) throws -> Fingerprints {
    let canonical = appointment.canonical()
    let anonymous = canonical.anonymized()
    return Fingerprints(
        full: try key.print(["full"] + canonical.timeFields + [canonical.text, canonical.note, canonical.place] + shape),
        time: try key.print(["time"] + canonical.timeFields + shape),
        anonymous: try key.print(["full"] + anonymous.timeFields + [anonymous.text, anonymous.note, anonymous.place] + shape))
}

extension Appointment {
    fileprivate var timeFields: [String] {
        let series = recurrence.map { [$0.frequency.rawValue, String($0.interval), $0.until?.description ?? "endless"] }
        return [isAllDay ? "day" : "timed", start.description, end.description] + (series ?? ["single", "", ""])
    }
}

extension FingerprintKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The prefix, never the secret.
    public var description: String { "fingerprint key \(prefix)" }
    /// The prefix, never the secret.
    public var debugDescription: String { description }
    /// Empty, so that what holds a key can be printed whole.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
