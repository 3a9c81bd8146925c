import Signing
import Testing

struct RSATests {
    private static let key = Result { try RSAPrivateKey.generate() }
    private let message = Array("header.claims".utf8)

    @Test func aSignatureVerifiesWithThePublicHalf() throws {
        let key = try Self.key.get()
        let signature = try key.signRS256(message)
        #expect(signature.count == 256)
        #expect(try verifyRS256(message: message, signature: signature, publicKeyPEM: key.publicPEM))
    }

    @Test func aChangedMessageOrSignatureOrAnotherKeyDoesNotVerify() throws {
        let key = try Self.key.get()
        var signature = try key.signRS256(message)
        #expect(try !verifyRS256(message: message + [0], signature: signature, publicKeyPEM: key.publicPEM))
        #expect(try !verifyRS256(message: message, signature: signature, publicKeyPEM: RSAPrivateKey.generate().publicPEM))
        signature[17] ^= 1
        #expect(try !verifyRS256(message: message, signature: signature, publicKeyPEM: key.publicPEM))
        #expect(try !verifyRS256(message: message, signature: [], publicKeyPEM: key.publicPEM))
    }

    @Test func aKeyReadBackFromItsTextSignsTheSame() throws {
        let key = try Self.key.get()
        let again = try RSAPrivateKey(pem: key.pem)
        #expect(key.pem.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        #expect(again.bits == 2048)
        #expect(try again.signRS256(message) == key.signRS256(message))
    }

    @Test func aDamagedKeyIsRefusedWithoutQuotingIt() throws {
        let pem = try Self.key.get().pem
        for damaged in ["", "no key", String(pem.dropLast(200)), pem.replacing("M", with: "!"), try Self.key.get().publicPEM] {
            let error = #expect(throws: SigningError.self) { try RSAPrivateKey(pem: damaged) }
            #expect(error?.code == .unreadableKey)
            #expect(error.map { "\($0)".count < 150 } == true)
        }
    }

    @Test func aKeyOfAnotherKindIsRefused() {
        // An elliptic-curve key (P-256) made for this test and used nowhere.
        let curve = """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5LxHJCy/z5zYsZQT
            J5FsBcEFt3KAGbCqwwg6hgDLdOOhRANCAASgR6w7Bq5P7l4ZXaL7HPdl08++lfxz
            dBAYhFKQbwy4oFciw8hHUOKSTwB2Byt8MojpR3taGLVmc2O7excP0hh4
            -----END PRIVATE KEY-----
            """
        let error = #expect(throws: SigningError.self) { try RSAPrivateKey(pem: curve) }
        #expect(error?.code == .unsuitableKey)
    }

    @Test func aKeyBehindAPassphraseIsRefusedWithoutAsking() {
        // The key above, encrypted.
        let encrypted = """
            -----BEGIN ENCRYPTED PRIVATE KEY-----
            MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg9T5oJIQrTsgICCAAw
            DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEFj0oTxE06BAef+wOlJoaIkEgZBQ
            yfWI88SYAyMd8KUcxkh3TTMx2WzrMEzueWwUIVPfTeSap2F2BVQ27nASfLGRBUgq
            SdZId2+sx5PD4PWR56Tm7Zrdh5HjBdhgHBLgaHdPxzfTsqof7E/ifU2R7AC+/68Q
            HYcorKD4B/yAsQzxVcRef63x9RqH341Tc9arBEgnkwFAdeyflB5c+qn2mAcAKwY=
            -----END ENCRYPTED PRIVATE KEY-----
            """
        let error = #expect(throws: SigningError.self) { try RSAPrivateKey(pem: encrypted) }
        #expect(error?.code == .unreadableKey)
    }

    @Test func sizesOutsideTheRangeAreRefused() {
        for bits in [-1, 0, 1024, 2047, 8193, .max] {
            #expect(throws: SigningError.self) { try RSAPrivateKey.generate(bits: bits) }
        }
    }

    @Test func aPrintedKeyShowsNothing() throws {
        struct Account { let key: RSAPrivateKey }
        let account = Account(key: try Self.key.get())
        var dumped = ""
        dump(account, to: &dumped)
        for text in ["\(account)", "\(account.key)", String(reflecting: account), dumped] {
            #expect(text.contains("2048 bits"))
            #expect(!text.contains("BEGIN"))
        }
    }

    @Test func manyTasksMaySignAtOnce() async throws {
        let key = try Self.key.get()
        let expected = try key.signRS256(message)
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<200 { group.addTask { [message] in try key.signRS256(message) } }
            for try await signature in group { #expect(signature == expected) }
        }
    }
}
