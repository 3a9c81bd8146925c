import FoundationEssentials

/// Base64 with padding (RFC 4648, section 4).
public enum Base64 {
    /// The text for these bytes.
    public static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }

    /// The bytes of this text, or nil if it is not base64 with its padding. White space is not allowed.
    public static func decode(_ text: String) -> [UInt8]? {
        Data(base64Encoded: text).map { Array($0) }
    }
}

/// Base64 for URLs and JSON Web Tokens: `-` and `_`, no padding (RFC 4648, section 5).
public enum Base64URL {
    /// The text for these bytes.
    public static func encode(_ bytes: [UInt8]) -> String {
        Base64.encode(bytes).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// The bytes of this text, or nil if it holds anything but the alphabet for URLs.
    public static func decode(_ text: String) -> [UInt8]? {
        guard !text.contains(where: { "+/=".contains($0) }) else { return nil }
        let standard = text.replacing("-", with: "+").replacing("_", with: "/")
        return Base64.decode(standard + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4))
    }
}

/// Bytes from the operating system's cryptographic random generator.
public func randomBytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
}
