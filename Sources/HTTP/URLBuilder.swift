/// The text in UTF-8 with everything but ASCII letters, digits and `-._~` percent-encoded: right for a path segment, for a name or value
/// in a query and for a form field (`+`, `/`, `@`, `#`, blanks and umlauts included).
public func percentEncoded(_ text: String) -> String {
    var output = ""
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
            output.unicodeScalars.append(Unicode.Scalar(byte))
        default:
            output += (byte < 0x10 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
        }
    }
    return output
}

/// A body of type `application/x-www-form-urlencoded`.
public func formEncoded(_ fields: [(name: String, value: String)]) -> [UInt8] {
    Array(fields.map { "\(percentEncoded($0.name))=\(percentEncoded($0.value))" }.joined(separator: "&").utf8)
}

/// Puts an address together from a base, path segments and query items, encoding each.
public struct URLBuilder: Sendable, Hashable {
    private var path: String
    private var query = ""

    /// Starts with an address without query, with or without a slash at its end.
    public init(_ base: String) {
        path = base
        while path.hasSuffix("/") { path.removeLast() }
    }

    /// With more path segments; each is encoded whole, so a `/` inside one becomes `%2F`.
    public func path(_ segments: String...) -> URLBuilder {
        var copy = self
        for segment in segments { copy.path += "/" + percentEncoded(segment) }
        return copy
    }

    /// With one more query item; unchanged if the value is nil.
    public func query(_ name: String, _ value: String?) -> URLBuilder {
        guard let value else { return self }
        var copy = self
        copy.query += (query.isEmpty ? "?" : "&") + "\(percentEncoded(name))=\(percentEncoded(value))"
        return copy
    }

    /// The address.
    public var url: String { path + query }
}
