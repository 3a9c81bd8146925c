import Signing

/// The key of the fingerprints: without it nobody who can read the hub can guess at what an appointment says.
public struct FingerprintKey: Sendable {
    /// Version and key id, `1:` and eight hex digits: what every fingerprint of this key begins with. Says nothing of the key.
    public let prefix: String
    private let key: HMACKey

    /// The version of the canonical form and of its encoding; to be raised when either changes.
    public static let version = 1

    /// - Throws: `SigningError` if OpenSSL refuses.
    public init(secret: [UInt8]) throws {
        key = try HMACKey(secret)
        prefix = "\(Self.version):\(hex(Array(try key.code(Array("calendar-sync fingerprint key id".utf8)).prefix(4))))"
    }

    /// The keyed digest of bytes as they came, 32 bytes; nil if OpenSSL refuses.
    ///
    /// - Parameter purpose: what they are; the same bytes for another purpose have another digest.
    public func digest(of bytes: Span<UInt8>, purpose: [String]) -> [UInt8]? {
        try? key.code(encoded(["digest"] + purpose), bytes)
    }

    fileprivate func print(_ message: [UInt8]) throws -> String { "\(prefix):\(hex(try key.code(message)))" }
}

/// What the hub keeps instead of an appointment's content; each reads `1:<key id>:<hex HMAC-SHA256>`.
public struct Fingerprints: Sendable, Hashable {
    /// Start, end, all-day, series, text, note and place.
    public let full: String
    /// Start, end, all-day and series.
    public let time: String
    /// The full one of the anonymised appointment; nil where it was not asked for.
    public let anonymous: String?
}

/// The fingerprints of an appointment's canonical form.
///
/// - Parameter shape: what a series says beyond its rule, or instead of one that Advoware cannot represent: recurrence lines and
///   exceptions, in a fixed order. Empty for everything that both systems can represent.
/// - Parameter withAnonymous: whether somebody wants to know that one as well.
/// - Throws: `SigningError` if OpenSSL refuses.
public func fingerprints(
    of appointment: Appointment, shape: [String] = [], withAnonymous: Bool = true, key: FingerprintKey
) throws -> Fingerprints {
    let canonical = appointment.canonical()
    let times = encoded(canonical.timeFields)
    let shape = encoded(shape)
    let full = encoded(["full"]) + times
    return Fingerprints(
        full: try key.print(full + encoded([canonical.text, canonical.note, canonical.place]) + shape),
        time: try key.print(encoded(["time"]) + times + shape),
        anonymous: withAnonymous ? try key.print(full + encoded([Appointment.anonymousText, "", ""]) + shape) : nil)
}

/// The length before each field keeps ("a", "bc") apart from ("ab", "c").
private func encoded(_ fields: [String]) -> [UInt8] {
    var message: [UInt8] = []
    message.reserveCapacity(fields.reduce(0) { $0 + 8 + $1.utf8.count })
    for field in fields {
        let count = field.utf8.count
        for shift in stride(from: 56, through: 0, by: -8) { message.append(UInt8(truncatingIfNeeded: count >> shift)) }
        message += field.utf8
    }
    return message
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
