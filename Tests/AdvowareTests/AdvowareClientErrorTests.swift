import HTTP
import TestSupport
import Testing

@testable import Advoware

@Suite struct AdvowareClientErrorTests {
    @Test(arguments: [
        ("Falscher Name oder falsches Kennwort", AdvowareError.Code.wrongPassword),
        (#"{"Message":"FALSCHER NAME ODER FALSCHES KENNWORT!"}"#, .wrongPassword),
        ("Die Kanzlei ist für dieses Produkt nicht freigeschaltet.", .notLicensed),
        ("Die Kanzlei Müller ist nicht angemeldet", .notSignedIn),
        ("Die Datenbank ist nicht registriert", .notRegistered), ("HMAC512Signature ungültig.", .loginRefused),
    ])
    func aRefusedLoginHasACodeOfItsOwnAndIsNotTriedAgain(body: String, code: AdvowareError.Code) async throws {
        for status in [400, 401, 403, 500] where code != .loginRefused || status < 500 {
            let transport = ScriptedTransport(logins: [answer(status, body)])
            let client = try client(transport)
            let error = await failureOf { _ = try await client.employees() }
            #expect(error?.code == code)
            #expect(error?.isLoginRefusal == true)
            #expect(error?.isTransient == false)
            #expect(transport.logins.count == 1)
        }
    }

    @Test(arguments: [
        "", "null", "[]", "<html>", #"{"access_token":""}"#, #"{"access_token":null}"#, #"{"access_token":"a b"}"#, #"{"access_token":"x""#,
    ])
    func aLoginWithoutUsableTokenIsABadAnswer(body: String) async throws {
        let transport = ScriptedTransport(logins: Array(repeating: answer(200, body), count: 3))
        let client = try client(transport)
        #expect(await failureOf { try await client.login() }?.code == .badAnswer)
        #expect(transport.logins.count == 3)
    }

    @Test func aRefusalToACallItselfIsRecognisedByItsWordsToo() async throws {
        let client = try client(ScriptedTransport(answer(403, "Das Produkt ist nicht freigeschaltet")))
        #expect(await failureOf { _ = try await client.employees() }?.code == .notLicensed)
    }

    @Test(arguments: [
        (HTTPError.Code.timedOut, "advoware_timeout", true), (.cannotConnect, "advoware_unreachable", true),
        (.connectionBroken, "advoware_connection_broken", true), (.tls, "advoware_tls", true), (.tooLarge, "advoware_bad_answer", false),
        (.protocolError, "advoware_bad_answer", false), (.cancelled, "advoware_cancelled", false),
        (.invalidURL, "advoware_configuration", false),
    ])
    func everyBrokenConnectionHasAHubCode(code: HTTPError.Code, hubCode: String, isUnreachable: Bool) async throws {
        let client = try client(ScriptedTransport(failure(code)))
        let error = await failureOf { _ = try await client.employees() }
        #expect(error?.hubCode == hubCode)
        #expect(error?.isUnreachable == isUnreachable)
    }

    @Test(arguments: AdvowareError.Code.allCases)
    func everyCodeIsAShortWordWithAHint(code: AdvowareError.Code) {
        let error = AdvowareError(code, operation: "termine")
        #expect(error.hubCode.wholeMatch(of: /advoware_[a-z_]{3,30}/) != nil)
        #expect(error.hint.count > 20)
    }

    @Test func nothingOfRequestOrAnswerIsInTheDescription() async throws {
        let secret = "GEHEIMNIS"
        for step in [answer(403, secret), answer(500, secret), answer(200, "\"\(secret)"), answer(404, secret)] {
            let client = try client(ScriptedTransport(step))
            let error = await failureOf { _ = try await client.create(["text": .string(secret)]) }
            let description = try #require(error).description + " \(try #require(error))"
            #expect(!description.contains(secret) && !description.contains("token-"))
        }
        let refused = try client(ScriptedTransport(logins: [answer(401, "Falscher Name oder falsches Kennwort \(secret)")]))
        let error = try #require(await failureOf { try await refused.login() })
        #expect(error.description == "advoware_wrong_password in login (status 401)")
    }

    @Test func theConfigurationNamesWhatIsWrongAndShowsNoSecret() throws {
        #expect(throws: AdvowareError.self) { try configuration(baseURL: "advoware.test") }
        let error = #expect(throws: AdvowareError.self) {
            try AdvowareConfiguration(appID: "a", apiKey: "no base64!", kanzlei: "k", database: "d", user: "u", password: "geheim")
        }
        #expect(error?.detail.contains("ADVOWARE_API_KEY") == true)
        #expect(error?.detail.contains("no base64!") == false)
        let empty = #expect(throws: AdvowareError.self) {
            try AdvowareConfiguration(appID: "a", apiKey: "aGFsbG8=", kanzlei: "", database: "d", user: "u", password: "p")
        }
        #expect(empty?.detail.contains("ADVOWARE_KANZLEI") == true)
        for minutes in [0, 1441] {
            #expect(throws: AdvowareError.self) {
                try AdvowareConfiguration(
                    appID: "a", apiKey: "aGFsbG8=", kanzlei: "k", database: "d", user: "u", password: "p", tokenLifetimeMinutes: minutes)
            }
        }
        var dumped = ""
        dump(try configuration(), to: &dumped)
        let printed = "\(try configuration())"
        #expect(!dumped.contains("geheim") && !printed.contains("geheim"))
    }
}
