import CLibcrypto

/// An RSA key that can sign. Prints as its size only.
///
/// Holds the PEM text and reads it anew for every signature: OpenSSL's handle then lives and dies inside one call on one thread. A signature
/// takes 0.4 ms and is needed once an hour.
public struct RSAPrivateKey: Sendable {
    /// The private key as PEM (PKCS 8). A secret: for the one file that it belongs in.
    public let pem: String
    /// The public half as PEM.
    public let publicPEM: String
    /// The size of the modulus.
    public let bits: Int

    /// Reads a key of 2048 bits or more, PKCS 8 or PKCS 1, without passphrase.
    ///
    /// - Throws: ``SigningError`` `unreadableKey` or `unsuitableKey`.
    public init(pem: String) throws(SigningError) {
        try self.init(try KeyHandle.privateKey(pem: pem))
    }

    private init(_ handle: borrowing KeyHandle) throws(SigningError) {
        guard handle.isRSA, handle.bits >= 2048 else {
            throw SigningError(
                .unsuitableKey, "the key is \(handle.isRSA ? "RSA" : "not RSA") with \(handle.bits) bits; allowed: RSA with 2048 or more")
        }
        bits = handle.bits
        pem = try handle.privatePEM()
        publicPEM = try handle.publicPEM()
    }

    /// Makes a new key.
    ///
    /// - Parameter bits: 2048 to 8192. 2048 take about 0.1 s.
    /// - Throws: ``SigningError`` `unsuitableKey` for another size.
    public static func generate(bits: Int = 2048) throws(SigningError) -> RSAPrivateKey {
        guard (2048...8192).contains(bits) else {
            throw SigningError(.unsuitableKey, "an RSA key of \(bits) bits was asked for; allowed: 2048 to 8192")
        }
        return try RSAPrivateKey(try KeyHandle.generate(bits: Int32(bits)))
    }

    /// The signature RSASSA-PKCS1-v1_5 with SHA-256 (`RS256` of RFC 7518).
    ///
    /// - Throws: ``SigningError`` if OpenSSL refuses.
    public func signRS256(_ message: [UInt8]) throws(SigningError) -> [UInt8] {
        try KeyHandle.privateKey(pem: pem).sign(message)
    }
}

extension RSAPrivateKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The size, never the key.
    public var description: String { "RSA private key, \(bits) bits" }
    /// The size, never the key.
    public var debugDescription: String { description }
    /// Empty, so that `dump` shows no key either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Whether this is the RS256 signature of the message by the owner of this key; false for one that is damaged or of another length.
///
/// - Throws: ``SigningError`` `unreadableKey` if the key is no PEM public key.
public func verifyRS256(message: [UInt8], signature: [UInt8], publicKeyPEM: String) throws(SigningError) -> Bool {
    try KeyHandle.publicKey(pem: publicKeyPEM).verify(message, signature)
}
