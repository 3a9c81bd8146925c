import CLibcrypto

/// A cryptographic operation that failed. Holds no key and no message.
public struct SigningError: Error, Hashable, CustomStringConvertible {
    /// What failed.
    public enum Code: String, Sendable, Hashable {
        /// The text is no PEM private key that could be read: damaged, encrypted with a passphrase, or something else altogether.
        case unreadableKey
        /// The key was read but is not usable: no RSA key, or fewer than 2048 bits.
        case unsuitableKey
        /// OpenSSL refused the operation.
        case operationFailed
    }

    /// What failed.
    public let code: Code
    /// A sentence for people, without secrets.
    public let description: String

    init(_ code: Code, _ text: String) {
        self.code = code
        description = text
    }

    /// Takes OpenSSL's reason from the calling thread's error queue and empties the queue, so call it right after the failure, before any `await`.
    static func taken(_ code: Code, _ text: String) -> SigningError {
        let number = ERR_get_error()
        ERR_clear_error()
        guard number != 0, let reason = ERR_reason_error_string(number) else { return SigningError(code, text) }
        return SigningError(code, "\(text) (OpenSSL: \(String(cString: reason)))")
    }
}
