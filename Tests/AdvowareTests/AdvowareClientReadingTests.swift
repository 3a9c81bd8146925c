import Appointments
import HTTP
import JSON
import TestSupport
import Testing

@testable import Advoware

@Suite struct AdvowareClientReadingTests {
    @Test func employeesAreReadInAnySpellingTrimmedAndOnce() async throws {
        let list =
            #"[{"kuerzel":"SB"},{"Kuerzel":" ÄÖ "},{"KUERZEL":"SB","name":"again"},{"name":"none"},{"kuerzel":null},{"kuerzel":"  "},7]"#
        let transport = ScriptedTransport(answer(200, list))
        let employees = try await client(transport).employees()
        #expect(employees.kuerzel == ["SB", "ÄÖ"])
        #expect(employees.unidentifiable == 4)
        #expect(transport.requests.map(\.url) == ["https://advoware.test:90/api/v1/advonet/Mitarbeiter?aktiv=true"])
        #expect(transport.requests.first?.header("Authorization") == "Bearer token-1")
    }

    @Test func aKuerzelThatTheHubCannotHoldIsCountedAndNotReturned() async throws {
        let transport = ScriptedTransport(answer(200, #"[{"kuerzel":"ABCDEFGHIJK"},{"kuerzel":"A\u0000"},{"kuerzel":"ABCDEFGHIJ"}]"#))
        let employees = try await client(transport).employees()
        #expect(employees == EmployeeList(kuerzel: ["ABCDEFGHIJ"], unidentifiable: 2))
    }

    @Test(arguments: ["https://advoware.test:90", "https://advoware.test:90/", "https://advoware.test:90//"])
    func theBaseAddressMayEndInASlashOrNot(base: String) async throws {
        let transport = ScriptedTransport(answer(200, "[]"))
        let client = AdvowareClient(configuration: try configuration(baseURL: base), transport: transport)
        _ = try await client.employees()
        #expect(transport.requests.first?.url == "https://advoware.test:90/api/v1/advonet/Mitarbeiter?aktiv=true")
    }

    @Test func termineAreAskedForWithUmlautsAndWallTimesEncoded() async throws {
        let transport = ScriptedTransport(answer(200, "[]"))
        let to = try #require(LocalDate(year: 2030, month: 12, day: 31).flatMap { WallTime(date: $0, hour: 23, minute: 59, second: 59) })
        let from = try #require(LocalDate(year: 2025, month: 1, day: 1))
        let list = try await client(transport).termine(kuerzel: "Ü&", from: WallTime(date: from), to: to)
        #expect(list?.entries.isEmpty == true)
        #expect(
            transport.requests.first?.url
                == "https://advoware.test:90/api/v1/advonet/Termine?kuerzel=%C3%9C%26&from=2025-01-01T00%3A00%3A00&to=2030-12-31T23%3A59%3A59"
        )
    }

    @Test func entriesWithoutNumberAreCountedAndDuplicatesKeptOnce() async throws {
        let body =
            #"[{"frNr":1,"text":"a"},{"FRNR":2},{"frnr":"3"},{"frNr":null},{"frNr":0},{"text":"x"},"y",{"frNr":1,"text":"b"},{"frNr":-4}]"#
        let list = try #require(
            try await client(ScriptedTransport(answer(200, body))).termine(kuerzel: "SB", from: someWallTime, to: someWallTime))
        #expect(list.entries.map(\.frNr) == [1, 2, 3, -4])
        #expect(list.entries.first?.termin.fields["text"] == "a")
        #expect(list.unidentifiable == 4)
    }

    @Test func anAnswerThatIsKnownIsNotRead() async throws {
        let client = try client(ScriptedTransport(answer(200, "whatever it says")))
        let list = try await client.termine(kuerzel: "SB", from: someWallTime, to: someWallTime) { $0 == Array("whatever it says".utf8) }
        #expect(list == nil)
    }

    @Test(arguments: ["", " \r\n", "null", "{}", #"{"frNr":1}"#, #"[{"frNr":1},"#, "<html><body>Fehler</body></html>", "7", #""text""#])
    func aListThatIsNoWholeArrayIsAnErrorAfterThreeTries(body: String) async throws {
        for isEmployees in [true, false] {
            let transport = ScriptedTransport(answer(200, body))
            let client = try client(transport)
            let error = await failureOf {
                if isEmployees {
                    _ = try await client.employees()
                } else {
                    _ = try await client.termine(kuerzel: "SB", from: someWallTime, to: someWallTime)
                }
            }
            #expect(error?.code == .badAnswer)
            #expect(error?.mayHaveActed == false)
            #expect(transport.requests.count == 3)
        }
    }

    @Test func aListThatIsNotFoundIsAnErrorAndNotEmpty() async throws {
        let transport = ScriptedTransport(answer(404, "[]"))
        let client = try client(transport)
        let error = await failureOf { _ = try await client.termine(kuerzel: "SB", from: someWallTime, to: someWallTime) }
        #expect(error?.code == .notFound)
        #expect(transport.requests.count == 1)
    }

    @Test(arguments: [#"{"frNr":5}"#, #"[{"FrNr":5}]"#, "\u{FEFF}[{\"frnr\":5}]"])
    func oneTerminIsAnObjectOrAnArrayOfOne(body: String) async throws {
        let transport = ScriptedTransport(answer(200, body))
        guard case .present(let termin) = try await client(transport).termin(frNr: 5) else {
            Issue.record("not present")
            return
        }
        #expect(termin.frNr == 5)
        #expect(transport.requests.first?.url == "https://advoware.test:90/api/v1/advonet/Termine?frnr=5")
    }

    @Test(arguments: [(200, "[]"), (200, " [ ] "), (200, "null"), (404, ""), (404, "Not found")])
    func oneTerminIsAbsentIfAdvowareSaysSo(status: Int, body: String) async throws {
        let single = try await client(ScriptedTransport(answer(status, body))).termin(frNr: 5)
        #expect(single == .absent)
    }

    @Test(arguments: [(200, ""), (200, "\r\n"), (204, ""), (404, "<html>Not found</html>")])
    func oneTerminWithAnEmptyBodyOrTheErrorPageOfAGatewayIsNeitherPresentNorAbsent(status: Int, body: String) async throws {
        let transport = ScriptedTransport(answer(status, body))
        #expect(try await client(transport).termin(frNr: 5) == .emptyBody)
        #expect(transport.requests.count == 1)
    }

    @Test(arguments: [#"[{"frNr":6}]"#, #"{"frNr":6}"#, "{}", #"[{"frNr":5},{"frNr":5}]"#, "[null]", #"[{"frNr":5}"#, "<html>", "5"])
    func oneTerminThatIsSomethingElseIsAnError(body: String) async throws {
        let client = try client(ScriptedTransport(answer(200, body)))
        let error = await failureOf { _ = try await client.termin(frNr: 5) }
        #expect(error?.code == .badAnswer)
    }

    @Test(arguments: [HTTPError.Code.timedOut, .connectionBroken, .cannotConnect, .tls])
    func aReadingIsTriedAgainAfterABrokenConnection(code: HTTPError.Code) async throws {
        let transport = ScriptedTransport(failure(code), failure(code), answer(200, "[]"))
        let time = FakeTime()
        #expect(try await client(transport, time: time).employees().kuerzel.isEmpty)
        #expect(transport.requests.count == 3)
        #expect(time.waits.count == 2)
        #expect(time.waits[0] <= .milliseconds(500) && time.waits[1] <= .seconds(1))
    }

    @Test(arguments: [(502, 3), (503, 3), (500, 2), (400, 1), (403, 1), (429, 3)])
    func aReadingIsTriedAgainAsOftenAsTheStatusDeserves(status: Int, tries: Int) async throws {
        let transport = ScriptedTransport(answer(status))
        let client = try client(transport)
        let error = await failureOf { _ = try await client.employees() }
        #expect(error?.status == status)
        #expect(transport.requests.count == tries)
    }

    @Test func whatAdvowareAsksToWaitIsWaited() async throws {
        let time = FakeTime()
        let transport = ScriptedTransport(answer(503, headers: ["retry-after": "7"]), answer(200, "[]"))
        _ = try await client(transport, time: time).employees()
        #expect(time.waits.count == 1 && time.waits[0] >= .seconds(7) && time.waits[0] < .seconds(8))
    }

    @Test func noTryBeginsWhenTheTimeIsUp() async throws {
        let time = FakeTime()
        let transport = ScriptedTransport { _ in
            time.advance(.seconds(90))
            throw HTTPError(.timedOut, host: "script", nothingWasSent: false)
        }
        let client = try client(transport, time: time)
        let error = await failureOf { _ = try await client.employees() }
        #expect(error?.code == .timeout)
        #expect(transport.requests.count == 1)
    }

    @Test func theObserverSeesEveryRequestWithItsAttempt() async throws {
        let records = Records()
        let transport = ScriptedTransport(failure(.timedOut), answer(503), answer(200, "[]"))
        _ = try await client(transport) { records.append($0) }.employees()
        #expect(records.all.map(\.operation) == ["login", "employees", "employees", "employees"])
        #expect(records.all.map(\.status) == [200, nil, 503, 200])
        #expect(records.all.map(\.attempt) == [1, 1, 2, 3])
        #expect(records.all.map(\.method) == [.post, .get, .get, .get])
        #expect(records.all.allSatisfy { $0.system == "advoware" })
    }
}
