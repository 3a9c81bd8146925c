import CLibcrypto

/// Keyed message authentication codes (RFC 2104).
public enum HMAC {
    /// HMAC-SHA256, 32 bytes.
    ///
    /// - Throws: ``SigningError`` if OpenSSL refuses.
    public static func sha256(key: [UInt8], message: [UInt8]) throws(SigningError) -> [UInt8] {
        try code(EVP_sha256(), key, message)
    }

    /// HMAC-SHA512, 64 bytes.
    ///
    /// - Throws: ``SigningError`` if OpenSSL refuses.
    public static func sha512(key: [UInt8], message: [UInt8]) throws(SigningError) -> [UInt8] {
        try code(EVP_sha512(), key, message)
    }

    private static func code(_ digest: OpaquePointer?, _ key: [UInt8], _ message: [UInt8]) throws(SigningError) -> [UInt8] {
        guard let keyLength = Int32(exactly: key.count) else {
            throw SigningError(.unsuitableKey, "a key for HMAC has \(key.count) bytes; allowed: fewer than 2 GiB")
        }
        var output = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        // An empty array may have no address, and HMAC() takes a null key for "the one before".
        let keyBytes = key.isEmpty ? [0] : key
        guard CLibcrypto.HMAC(digest, keyBytes, keyLength, message, message.count, &output, &length) != nil else {
            throw SigningError.taken(.operationFailed, "HMAC could not be computed")
        }
        return Array(output.prefix(Int(length)))
    }
}
