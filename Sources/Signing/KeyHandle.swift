import CLibcrypto

/// Owns one `EVP_PKEY`. Not copyable and not Sendable: made, used and freed inside one call.
struct KeyHandle: ~Copyable {
    private let key: OpaquePointer

    private init(adopting key: OpaquePointer) {
        self.key = key
    }

    deinit {
        EVP_PKEY_free(key)
    }

    static func privateKey(pem: String) throws(SigningError) -> KeyHandle {
        // The callback answers "no passphrase": without it OpenSSL would ask for one on the terminal.
        let key = withMemory(holding: pem) { PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in -1 }, nil) }
        guard let key else { throw SigningError.taken(.unreadableKey, "no private key could be read; allowed: PEM without passphrase") }
        return KeyHandle(adopting: key)
    }

    static func publicKey(pem: String) throws(SigningError) -> KeyHandle {
        let key = withMemory(holding: pem) { PEM_read_bio_PUBKEY($0, nil, { _, _, _, _ in -1 }, nil) }
        guard let key else { throw SigningError.taken(.unreadableKey, "no public key could be read; allowed: PEM") }
        return KeyHandle(adopting: key)
    }

    static func generate(bits: Int32) throws(SigningError) -> KeyHandle {
        let context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nil)
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) > 0, EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits) > 0,
            EVP_PKEY_generate(context, &key) > 0, let key
        else { throw SigningError.taken(.operationFailed, "no RSA key could be made") }
        return KeyHandle(adopting: key)
    }

    var isRSA: Bool { EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA }
    var bits: Int { Int(EVP_PKEY_get_bits(key)) }

    func privatePEM() throws(SigningError) -> String {
        try written { PEM_write_bio_PKCS8PrivateKey($0, key, nil, nil, 0, nil, nil) }
    }

    func publicPEM() throws(SigningError) -> String {
        try written { PEM_write_bio_PUBKEY($0, key) }
    }

    func sign(_ message: [UInt8]) throws(SigningError) -> [UInt8] {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var length = Int(EVP_PKEY_get_size(key))
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
            EVP_DigestSign(context, &signature, &length, message, message.count) == 1
        else { throw SigningError.taken(.operationFailed, "nothing could be signed") }
        return Array(signature.prefix(length))
    }

    func verify(_ message: [UInt8], _ signature: [UInt8]) throws(SigningError) -> Bool {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1 else {
            throw SigningError.taken(.operationFailed, "no signature could be verified with this key")
        }
        defer { ERR_clear_error() }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    /// The buffer must outlive the reading, hence all of it inside one closure.
    private static func withMemory(holding text: String, _ read: (OpaquePointer) -> OpaquePointer?) -> OpaquePointer? {
        Array(text.utf8).withUnsafeBytes { bytes in
            guard let count = Int32(exactly: bytes.count), let bio = BIO_new_mem_buf(bytes.baseAddress, count) else { return nil }
            defer { BIO_free(bio) }
            return read(bio)
        }
    }

    private func written(_ write: (OpaquePointer) -> Int32) throws(SigningError) -> String {
        guard let bio = BIO_new(BIO_s_mem()) else { throw SigningError.taken(.operationFailed, "no memory for a key") }
        defer { BIO_free(bio) }
        var bytes: UnsafeMutablePointer<CChar>?
        guard write(bio) == 1, case let count = shim_bio_bytes(bio, &bytes), count > 0, let bytes else {
            throw SigningError.taken(.operationFailed, "the key could not be written as PEM")
        }
        return String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
    }
}
