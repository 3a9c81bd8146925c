import Foundation
import JSON
import Signing
import Testing

@testable import OfficeSimulator

/// The whole simulator, without a socket.
struct SimulatorTests {
    private let simulator: Simulator

    init() async throws {
        simulator = try Simulator(seed: 7, employees: 2, termine: 20)
        await simulator.setTokenURI("http://127.0.0.1:1/token")
    }

    private func login(_ changes: Fields = [:], resigned: Bool = true) async throws -> WireAnswer {
        let known = await simulator.logins.credentials
        var body: Fields = [
            "AppID": .string(known.appID), "Kanzlei": .string(known.kanzlei), "Database": .string(known.database),
            "User": .string(known.user),
            "Role": .int(Int64(known.role)), "Product": .int(Int64(known.product)), "Password": .string(known.password),
            "Nonce": .string(UUID().uuidString), "RequestTimeStamp": .string(Simulator.realNow.rfc3339Milliseconds),
        ]
        let message = "\(known.product):\(known.appID):\(body["Nonce"]?.stringValue ?? ""):\(body["RequestTimeStamp"]?.stringValue ?? "")"
        body["HMAC512Signature"] = .string(Base64.encode(try HMAC.sha512(key: known.apiKey, message: Array(message.utf8))))
        body.merge(changes) { _, new in new }
        return await ask("POST", "/advoware-auth/api/v1/Token", body: .object(body))
    }

    private func ask(_ method: String, _ target: String, token: String? = nil, body: JSONValue? = nil, headers: [String: String] = [:])
        async -> WireAnswer
    {
        var headers = headers
        headers["Authorization"] = token.map { "Bearer " + $0 }
        return await simulator.answer(WireRequest(method: method, target: target, headers: headers, body: body?.bytes() ?? []))
    }

    private func advowareToken() async throws -> String {
        try #require(JSONValue(parsing: try await login().body)["access_token"]?.stringValue)
    }

    private func googleAnswer(_ changes: Fields = [:], key: RSAPrivateKey? = nil) async throws -> WireAnswer {
        let logins = await simulator.logins
        let now = Int64(Simulator.realNow.seconds)
        var claims: Fields = [
            "iss": .string(logins.clientEmail), "scope": "https://www.googleapis.com/auth/calendar", "aud": "http://127.0.0.1:1/token",
            "iat": .int(now),
            "exp": .int(now + 3600),
        ]
        claims.merge(changes) { _, new in new }
        let header: JSONValue = .object(["alg": "RS256", "typ": "JWT", "kid": .string(logins.keyID)])
        let signed = Base64URL.encode(header.bytes()) + "." + Base64URL.encode(JSONValue.object(claims).bytes())
        let assertion = signed + "." + Base64URL.encode(try (key ?? logins.key).signRS256(Array(signed.utf8)))
        let form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + assertion
        return await simulator.answer(WireRequest(method: "POST", target: "/token", body: Array(form.utf8)))
    }

    private func googleToken() async throws -> String {
        try #require(JSONValue(parsing: try await googleAnswer().body)["access_token"]?.stringValue)
    }

    private func fault(_ spec: Fields) async {
        #expect(await ask("POST", "/control/fault", body: .object(spec)).status == 200)
    }

    private let list = "/advoware/api/v1/advonet/Termine?kuerzel=SB&from=2020-01-01T00:00:00&to=2040-12-31T23:59:59"

    @Test("Advoware lets in who knows everything, once per nonce")
    func advowareLogin() async throws {
        let answer = try await login()
        #expect(answer.status == 200)
        #expect(try JSONValue(parsing: answer.body)["expires_in"] == 3600)
        let nonce = UUID().uuidString
        #expect(try await login(["Nonce": .string(nonce)]).status == 401)
    }

    @Test(
        "Advoware refuses each wrong field",
        arguments: [
            (["Password": "falsch"], 401, "Falscher Name oder falsches Kennwort"),
            (["User": "x"], 401, "Falscher Name oder falsches Kennwort"),
            (["Role": 3], 401, "Falscher Name"), (["Kanzlei": "x"], 403, "ist nicht angemeldet"),
            (["AppID": "x"], 403, "ist nicht registriert"),
            (["HMAC512Signature": "eA=="], 401, "HMAC512Signature"), (["Product": "64"], 400, "Zahlen"),
            (["RequestTimeStamp": "2020-01-01T00:00:00Z"], 401, "abgelaufen"),
        ] as [(Fields, Int, String)])
    func wrongLogin(_ change: Fields, _ status: Int, _ phrase: String) async throws {
        let answer = try await login(change)
        #expect(answer.status == status)
        #expect(String(decoding: answer.body, as: UTF8.self).contains(phrase))
    }

    @Test("A token is needed, and it dies when its time is over")
    func tokensExpire() async throws {
        #expect(await ask("GET", list).status == 401)
        let token = try await advowareToken()
        #expect(await ask("GET", list, token: token).status == 200)
        let google = try await googleToken()
        #expect(await ask("GET", "/calendar/v3/users/me/calendarList", token: google).status == 200)
        _ = await ask("POST", "/control/clock", body: ["advance_seconds": 3601])
        #expect(await ask("GET", list, token: token).status == 401)
        #expect(await ask("GET", "/calendar/v3/users/me/calendarList", token: google).status == 401)
        #expect(await ask("GET", list, token: try await advowareToken()).status == 200)
    }

    @Test("Google refuses a JWT that is not quite right")
    func wrongJWT() async throws {
        #expect(try await googleAnswer().status == 200)
        let now = Int64(Simulator.realNow.seconds)
        let wrong: [Fields] = [
            ["iss": "x@y"], ["aud": "http://elsewhere"], ["scope": "https://www.googleapis.com/auth/drive"], ["exp": .int(now + 7200)],
            ["iat": .int(now - 7200), "exp": .int(now - 3600)],
        ]
        for change in wrong { #expect(try await googleAnswer(change).status == 400) }
        #expect(try await googleAnswer(key: try RSAPrivateKey.generate(bits: 2048)).status == 400)
    }

    @Test("The POST's answer names the new number in one of three spellings, and the Termin is there")
    func posts() async throws {
        let token = try await advowareToken()
        var names: Set<String> = []
        for _ in 0..<3 {
            let answer = await ask(
                "POST", "/advoware/api/v1/advonet/Termine", token: token, body: ["datum": "2027-01-04", "sb": "SB", "anwalt": "SB"])
            let fields = try #require(JSONValue(parsing: answer.body).objectValue)
            names.formUnion(fields.keys)
            let number = try #require(fields.values.first?.intValue)
            let single = await ask("GET", "/advoware/api/v1/advonet/Termine?frnr=\(number)", token: token)
            #expect(String(decoding: single.body, as: UTF8.self).contains("2027-01-04"))
            let deleted = await ask("DELETE", "/advoware/api/v1/advonet/Termine?frnr=\(number)", token: token)
            #expect(deleted.status == 200 && deleted.body.isEmpty)
            #expect(await ask("GET", "/advoware/api/v1/advonet/Termine?frnr=\(number)", token: token).body == Array("[]".utf8))
        }
        #expect(names == ["frNr", "frnr", "FrNr"])
    }

    @Test("frnr_null, error_500_after_acting and connection_cut_after act all the same")
    func actsAllTheSame() async throws {
        let token = try await advowareToken()
        for (weakness, status) in [("frnr_null", 200), ("error_500_after_acting", 500), ("connection_cut_after", 0)] {
            let before = await simulator.office.numbers.count
            await fault(["system": "advoware", "weakness": .string(weakness), "times": 1, "method": "POST"])
            let answer = await ask(
                "POST", "/advoware/api/v1/advonet/Termine", token: token, body: ["datum": "2027-01-04", "sb": "SB", "anwalt": "SB"])
            #expect(answer.status == status)
            if status == 200 { #expect(try JSONValue(parsing: answer.body).objectValue?.values.first?.isNull == true) }
            #expect(await simulator.office.numbers.count == before + 1)
        }
    }

    @Test("html_page, error_500 and connection_cut_before do not act")
    func doesNotAct() async throws {
        let token = try await advowareToken()
        for weakness in ["html_page", "error_500", "connection_cut_before"] {
            let before = await simulator.office.numbers.count
            await fault(["system": "advoware", "weakness": .string(weakness), "times": 1])
            let answer = await ask("POST", "/advoware/api/v1/advonet/Termine", token: token, body: ["datum": "2027-01-04"])
            #expect(answer.status != 200)
            #expect(await simulator.office.numbers.count == before)
        }
    }

    @Test("Field case and date formats change how a Termin is written, not what it says")
    func shapes() async throws {
        let token = try await advowareToken()
        let plain = try JSONValue(parsing: await ask("GET", list, token: token).body).arrayValue ?? []
        await fault(["system": "advoware", "weakness": "field_case", "always": true])
        await fault(["system": "advoware", "weakness": "date_formats", "always": true])
        let other = try JSONValue(parsing: await ask("GET", list, token: token).body).arrayValue ?? []
        #expect(plain.count == other.count && plain != other)
        for (one, two) in zip(plain, other) {
            for name in AdvowareOffice.names where !["datum", "datumBis", "uhrzeitVon", "uhrzeitBis"].contains(name) {
                #expect(one[name] == two[caseInsensitive: name])
            }
            #expect(one["datum"]?.stringValue?.prefix(10) == two[caseInsensitive: "datum"]?.stringValue?.prefix(10))
            #expect(one["uhrzeitVon"]?.stringValue?.prefix(5) == two[caseInsensitive: "uhrzeitVon"]?.stringValue?.prefix(5))
        }
    }

    @Test("An unknown parameter or body field of Google's is refused and logged")
    func violations() async throws {
        let token = try await googleToken()
        let answer = await ask("POST", "/calendar/v3/calendars?color=red", token: token, body: ["summary": "x", "owner": "y"])
        #expect(answer.status == 400)
        let log = try JSONValue(parsing: await ask("GET", "/control/requests").body)
        let last = log["requests"]?.arrayValue?.last
        #expect(last?["violations"]?.arrayValue?.count == 2 && last?["status"] == 400)
        #expect(last?["headers"]?["authorization"] == "Bearer …")
    }

    @Test("The log holds no secret")
    func logIsClean() async throws {
        let tokens = [try await advowareToken(), try await googleToken()]
        _ = await ask("GET", list, token: tokens[0])
        let log = String(decoding: await ask("GET", "/control/requests").body, as: UTF8.self)
        let credentials = await simulator.logins.credentials
        for secret in tokens + [credentials.password] { #expect(!log.contains(secret)) }
        let numbers = try JSONValue(parsing: Array(log.utf8))["requests"]?.arrayValue?.compactMap { $0["n"]?.intValue }
        #expect(numbers == [1, 2, 3])
        let since = try JSONValue(parsing: await ask("GET", "/control/requests?since=2").body)
        #expect(since["requests"]?.arrayValue?.count == 1)
        _ = await ask("DELETE", "/control/requests")
        _ = await ask("GET", list)
        let later = try JSONValue(parsing: await ask("GET", "/control/requests?since=3").body)
        #expect(later["requests"]?.arrayValue?.first?["n"] == 4)
    }

    @Test("A plus sign in a query is a space: who means a plus must write %2B")
    func plusIsSpace() async throws {
        let token = try await googleToken()
        let made = try JSONValue(parsing: await ask("POST", "/calendar/v3/calendars", token: token, body: ["summary": "x"]).body)
        let id = try #require(made["id"]?.stringValue?.replacing("@", with: "%40"))
        #expect(await ask("GET", "/calendar/v3/calendars/\(id)/events?timeMin=2027-01-01T00:00:00%2B01:00", token: token).status == 200)
        #expect(await ask("GET", "/calendar/v3/calendars/\(id)/events?timeMin=2027-01-01T00:00:00+01:00", token: token).status == 400)
    }

    @Test("Calendar limits and too many requests say when to come back")
    func limits() async throws {
        let token = try await googleToken()
        await fault(["system": "google", "weakness": "calendar_limit", "nth": [1]])
        await fault(["system": "google", "weakness": "too_many_429", "nth": [2], "retry_after": 3])
        let limited = await ask("POST", "/calendar/v3/calendars", token: token, body: ["summary": "x"])
        #expect(limited.status == 403 && String(decoding: limited.body, as: UTF8.self).contains("quotaExceeded"))
        let later = await ask("POST", "/calendar/v3/calendars", token: token, body: ["summary": "x"])
        #expect(later.status == 429 && later.headers.contains { $0 == ("Retry-After", "3") })
        #expect(await ask("POST", "/calendar/v3/calendars", token: token, body: ["summary": "x"]).status == 200)
    }

    @Test("A control request that makes no sense is told so")
    func controlErrors() async throws {
        let bad: [(String, String, JSONValue?)] = [
            ("POST", "/control/fault", ["system": "google", "weakness": "nonsense", "always": true]),
            ("POST", "/control/fault", ["system": "google", "weakness": "frnr_null", "always": true]),
            ("POST", "/control/fault", ["system": "google", "weakness": "slow", "every": 3]),
            ("POST", "/control/office", ["employees": -1]), ("POST", "/control/office", ["people": 3]),
            ("POST", "/control/clock", ["now": "gestern"]),
            ("POST", "/control/event", ["calendar": "AW-XX", "event": [:]]), ("DELETE", "/control/termin/1", nil),
            ("GET", "/control/nothing", nil),
        ]
        for (method, path, body) in bad { #expect((400...404).contains(await ask(method, path, body: body).status), "\(path)") }
    }

    @Test("Quotas count per user and for all, refuse as Google does, and let go when the window has passed")
    func quotas() async throws {
        let token = try await googleToken()
        func status(_ user: String) async -> Int {
            await ask("GET", "/calendar/v3/users/me/calendarList?quotaUser=\(user)", token: token).status
        }
        func refusal(_ user: String) async throws -> (reason: String?, retryAfter: String?) {
            let answer = await ask("GET", "/calendar/v3/users/me/calendarList?quotaUser=\(user)", token: token)
            let error = try JSONValue(parsing: answer.body)["error"]
            let reason = error?["errors"]?.arrayValue?.first?["reason"]?.stringValue
            return (reason, answer.headers.first { $0.name == "Retry-After" }?.value)
        }
        #expect(await ask("POST", "/control/quota", body: ["per_user": 2, "per_project": 3]).status == 200)
        var answers: [Int] = []
        for user in ["SB", "SB", "SB", "AM", "AM"] { answers.append(await status(user)) }
        #expect(answers == [200, 200, 403, 200, 403])
        #expect(try await refusal("SB") == ("userRateLimitExceeded", nil))
        #expect(try await refusal("AM") == ("rateLimitExceeded", nil))
        #expect(await ask("POST", "/control/quota", body: ["per_user": 0, "user": "SB", "status": 429]).status == 200)
        #expect(await status("AM") == 200)
        #expect(try await refusal("SB") == ("userRateLimitExceeded", "61"))
        #expect(await ask("POST", "/control/quota", body: ["per_user": 1, "seconds": 0.2]).status == 200)
        _ = await status("SB")
        try await Task.sleep(for: .milliseconds(250))
        #expect(await status("SB") == 200)
        #expect(await ask("DELETE", "/control/quota").status == 200)
        #expect(await status("SB") == 200)
        for wrong: JSONValue in [[:], ["per_user": 1, "status": 500], ["per_person": 1]] {
            #expect(await ask("POST", "/control/quota", body: wrong).status == 400)
        }
    }

    @Test("Answers have the date of the office's clock")
    func date() async throws {
        #expect(Moment(rfc3339: "1994-11-06T08:49:37Z")?.httpDate == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(await ask("POST", "/control/clock", body: ["now": "2027-02-28T23:59:00Z"]).status == 200)
        let date = await ask("GET", list).headers.first { $0.name == "Date" }?.value
        #expect(date?.hasPrefix("Sun, 28 Feb 2027 23:59:0") == true)
    }
}
