import Basics
import Signing
import Testing

struct SigningTests {
    @Test func theSignatureForAdvowareMatchesTheKnownOne() throws {
        let key = try #require(Base64.decode(Base64.encode(Array("test-secret-key".utf8))))
        let message = Array("64:app-123:nonce-abc:2026-08-30T00:00:00.000Z".utf8)
        #expect(
            Base64.encode(try HMAC.sha512(key: key, message: message))
                == "o7rz9KmoXZs550HfzO6ffiG17XwiPmlBHlksUYKZ3jcfolELow51Fw5KlrQqCK5y41aIValDjrh1iQ2GZ2WtqQ==")
    }

    @Test func hmacMatchesRFC4231() throws {
        let code = try HMAC.sha256(key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8))
        #expect(hex(code) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test func hmacTakesAnEmptyKeyAndAnEmptyMessage() throws {
        _ = try HMAC.sha256(key: [1], message: [2])
        #expect(hex(try HMAC.sha256(key: [], message: [])) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test func aPreparedKeyGivesTheSameCodes() throws {
        for count in [0, 1, 63, 64, 65, 200] {
            let key = randomBytes(count)
            let prepared = try HMACKey(key)
            for message in [[], randomBytes(1), randomBytes(55), randomBytes(64), randomBytes(1_000)] {
                #expect(try prepared.code(message) == HMAC.sha256(key: key, message: message))
            }
        }
    }

    @Test func aPreparedKeyServesManyAtOnce() async throws {
        let key = try HMACKey([1, 2, 3])
        let expected = try HMAC.sha256(key: [1, 2, 3], message: [4])
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 { group.addTask { try (0..<500).allSatisfy { _ in try key.code([4]) == expected } } }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test func base64IsStrictAndTheURLFormHasItsOwnAlphabet() {
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
        #expect(Base64.decode("+/8=") == [0xFB, 0xFF])
        #expect(Base64.decode("+/8") == nil)
        #expect(Base64.decode("+/8=\n") == nil)
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
        #expect(Base64URL.decode("-_8") == [0xFB, 0xFF])
        #expect(Base64URL.decode("-_8=") == nil)
        #expect(Base64URL.decode("+/8") == nil)
        #expect(Base64URL.decode("") == [])
        for count in 0..<50 {
            let bytes = randomBytes(count)
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
    }

    @Test func randomBytesDiffer() {
        #expect(randomBytes(32).count == 32)
        #expect(randomBytes(32) != randomBytes(32))
    }
}
