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

/// A key for HMAC-SHA256 that is prepared once: each code costs no more than hashing its message.
///
/// `@unchecked`, because nobody changes the two states after `init`: OpenSSL takes them as constants to copy from.
public final class HMACKey: @unchecked Sendable {
    /// The hash after the padded key, of the inner and of the outer one (RFC 2104).
    private let inner, outer: OpaquePointer?

    /// - Throws: ``SigningError`` if OpenSSL refuses.
    public init(_ key: [UInt8]) throws(SigningError) {
        (inner, outer) = (EVP_MD_CTX_new(), EVP_MD_CTX_new())
        let blockSize = 64
        var block = [UInt8](repeating: 0, count: blockSize)
        var length: UInt32 = 0
        let short = key.count > blockSize ? EVP_Digest(key, key.count, &block, &length, EVP_sha256(), nil) == 1 : true
        if key.count <= blockSize { block.replaceSubrange(..<key.count, with: key) }
        guard short, let digest = EVP_MD_fetch(nil, "SHA256", nil) else { throw Self.failure() }
        defer { EVP_MD_free(digest) }
        for (state, pad) in [(inner, UInt8(0x36)), (outer, 0x5C)] {
            guard EVP_DigestInit_ex(state, digest, nil) == 1, EVP_DigestUpdate(state, block.map { $0 ^ pad }, blockSize) == 1 else {
                throw Self.failure()
            }
        }
    }

    deinit {
        EVP_MD_CTX_free(inner)
        EVP_MD_CTX_free(outer)
    }

    /// The code of a message, 32 bytes.
    ///
    /// - Throws: ``SigningError`` if OpenSSL refuses.
    public func code(_ message: [UInt8]) throws(SigningError) -> [UInt8] {
        try code([], message.span)
    }

    /// The code of a message in two parts, 32 bytes. The second one is not copied.
    ///
    /// - Throws: ``SigningError`` if OpenSSL refuses.
    public func code(_ head: [UInt8], _ message: Span<UInt8>) throws(SigningError) -> [UInt8] {
        let state = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(state) }
        var code = [UInt8](repeating: 0, count: 32)
        guard EVP_MD_CTX_copy_ex(state, inner) == 1, EVP_DigestUpdate(state, head, head.count) == 1,
            message.withUnsafeBytes({ EVP_DigestUpdate(state, $0.baseAddress, $0.count) }) == 1,
            EVP_DigestFinal_ex(state, &code, nil) == 1, EVP_MD_CTX_copy_ex(state, outer) == 1,
            EVP_DigestUpdate(state, code, code.count) == 1, EVP_DigestFinal_ex(state, &code, nil) == 1
        else { throw Self.failure() }
        return code
    }

    private static func failure() -> SigningError { .taken(.operationFailed, "HMAC could not be computed") }
}
