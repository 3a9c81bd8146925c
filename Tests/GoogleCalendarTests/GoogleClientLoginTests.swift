import Foundation
import HTTP
import JSON
import Signing
import TestSupport
import Testing

@testable import GoogleCalendar

@Suite(.timeLimit(.minutes(1))) struct GoogleClientLoginTests {
    @Test func theAssertionIsSignedAndSaysWhoForWhatAndUntilWhen() async throws {
        let time = FakeTime()
        let transport = ScriptedTransport(answer(200, #"{"items":[]}"#))
        _ = try await client(transport, time: time).calendars(quotaUser: "SB")
        let login = try #require(transport.logins.first)
        #expect(login.url == "https://oauth2.test/token")
        #expect(login.header("Content-Type") == "application/x-www-form-urlencoded")
        let form = URLComponents(string: "?" + String(decoding: login.body ?? [], as: UTF8.self))?.queryItems ?? []
        #expect(form.map(\.name) == ["grant_type", "assertion"])
        #expect(form.first?.value == "urn:ietf:params:oauth:grant-type:jwt-bearer")
        let parts = (form.last?.value ?? "").split(separator: ".").map(String.init)
        try #require(parts.count == 3)
        let header = try JSONValue(parsing: try #require(Base64URL.decode(parts[0])))
        #expect(header == ["alg": "RS256", "typ": "JWT", "kid": "key-1"])
        let claims = try JSONValue(parsing: try #require(Base64URL.decode(parts[1])))
        let start = Int64(time.now.seconds) - 30
        let expected: JSONValue = [
            "iss": "sync@project.iam.gserviceaccount.com", "scope": "https://www.googleapis.com/auth/calendar",
            "aud": "https://oauth2.test/token", "iat": .int(start), "exp": .int(start + 3600),
        ]
        #expect(claims == expected)
        let signature = try #require(Base64URL.decode(parts[2]))
        let message = Array("\(parts[0]).\(parts[1])".utf8)
        #expect(try verifyRS256(message: message, signature: signature, publicKeyPEM: try Key.rsa.get().publicPEM))
    }

    @Test(arguments: [nil, "", "chef@kanzlei.test"])
    func theAssertionNamesTheUserToActForIfThereIsOne(user: String?) async throws {
        let transport = ScriptedTransport(answer(200, #"{"items":[]}"#))
        _ = try await client(transport, impersonate: user).calendars(quotaUser: "SB")
        let form = String(decoding: transport.logins.first?.body ?? [], as: UTF8.self)
        let claims = try #require(Base64URL.decode(String(form.split(separator: ".")[1])))
        #expect(try JSONValue(parsing: claims)["sub"]?.stringValue == (user == "" ? nil : user))
    }

    @Test(arguments: [(#"{"error":"invalid_grant"}"#, 400), (#"{"error":"invalid_client"}"#, 401), ("", 403)])
    func aRefusedLoginIsNotTriedAgain(body: String, status: Int) async throws {
        let transport = ScriptedTransport(logins: [answer(status, body)])
        let client = try client(transport)
        for _ in 0..<2 { #expect(await failureOf { _ = try await client.calendars(quotaUser: "SB") }?.code == .loginRefused) }
        #expect(transport.logins.count == 1)
    }

    @Test func aMissingDelegationHasACodeOfItsOwn() async throws {
        let refused = #"{"error":"unauthorized_client","error_description":"x"}"#
        let impersonating = try client(ScriptedTransport(logins: [answer(401, refused)]), impersonate: "chef@kanzlei.test")
        #expect(await failureOf { try await impersonating.login() }?.hubCode == "google_impersonation_refused")
        let plain = try client(ScriptedTransport(logins: [answer(401, refused)]))
        #expect(await failureOf { try await plain.login() }?.hubCode == "google_login_refused")
    }

    @Test func aLoginThatCannotBeReachedIsTriedAgain() async throws {
        let steps = [failure(.timedOut), answer(503), answer(200, "<html>"), answer(200, #"{"access_token":""}"#)]
        let transport = ScriptedTransport(answer(200, #"{"items":[]}"#), logins: steps)
        _ = try await client(transport).calendars(quotaUser: "SB")
        #expect(transport.logins.count == 5)
    }

    @Test func manyCallsShareOneLoginAndOneRenewal() async throws {
        let gate = Gate()
        let transport = ScriptedTransport { request in
            let isAlive = request.header("Authorization") == "Bearer token-2"
            if !isAlive { await gate.pass() }
            return HTTPResponse(status: isAlive ? 200 : 401, body: Array(#"{"items":[]}"#.utf8))
        }
        let client = try client(transport)
        await client.allow(50)
        try await withThrowingTaskGroup { group in
            for _ in 0..<50 { group.addTask { _ = try await client.calendars(quotaUser: "SB") } }
            await until { transport.requests.count == 50 }
            gate.open()
            try await group.waitForAll()
        }
        #expect(transport.logins.count == 2)
        #expect(transport.requests.count == 100)
    }

    @Test func a401IsAnsweredWithOneRepetitionAndNoMore() async throws {
        let transport = ScriptedTransport(refusal(401, "authError"))
        let client = try client(transport)
        #expect(await failureOf { _ = try await client.calendars(quotaUser: "SB") }?.code == .unauthorized)
        #expect(transport.requests.count == 2)
    }

    @Test(
        arguments: [(token("t", expiresIn: 1000), 1000.0), (token("t"), 3600), (token("t", expiresIn: -1), 3600)]
            as [(ScriptedTransport.Step, Double)])
    func aTokenIsRenewedALittleBeforeItsEnd(login: @escaping ScriptedTransport.Step, lifetime: Double) async throws {
        let time = FakeTime()
        let transport = ScriptedTransport(answer(200, #"{"items":[]}"#), logins: [login])
        let client = try client(transport, time: time)
        _ = try await client.calendars(quotaUser: "SB")
        time.advance(.seconds(lifetime - 61))
        _ = try await client.calendars(quotaUser: "SB")
        #expect(transport.logins.count == 1)
        time.advance(.seconds(2))
        _ = try await client.calendars(quotaUser: "SB")
        #expect(transport.logins.count == 2)
    }

    @Test(arguments: ["client_email", "token_uri", "private_key"])
    func aKeyFileWithoutAFieldIsRefusedByItsName(field: String) throws {
        for value in [JSONValue.null, "", 7] {
            let error = #expect(throws: GoogleError.self) { try ServiceAccount(json: try keyFile([field: value])) }
            #expect(error?.code == .configuration)
            #expect(error?.detail.contains(field) == true)
        }
    }

    @Test func aFileThatIsNoKeyFileIsRefusedWithoutShowingIt() throws {
        for text in ["", "{", "[]"] {
            #expect(throws: GoogleError.self) { try ServiceAccount(json: Array(text.utf8)) }
        }
        #expect(throws: GoogleError.self) { try ServiceAccount(json: try keyFile(["type": "authorized_user"])) }
        let error = #expect(throws: GoogleError.self) { try ServiceAccount(json: try keyFile(["private_key": "GEHEIMNIS"])) }
        #expect(error?.description.contains("GEHEIMNIS") == false)
        let missing = #expect(throws: GoogleError.self) { try ServiceAccount.load(path: "/nowhere/key.json") }
        #expect(missing?.detail.contains("/nowhere/key.json") == true)
    }

    @Test func aKeyFileIsLoadedFromItsPathAndPrintsWithoutKey() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID().uuidString).json")
        try Data(try keyFile()).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        let account = try ServiceAccount.load(path: path.path)
        #expect(account.clientEmail == "sync@project.iam.gserviceaccount.com")
        var dumped = "\(account)"
        dump(account, to: &dumped)
        #expect(!dumped.contains("PRIVATE KEY"))
    }
}
