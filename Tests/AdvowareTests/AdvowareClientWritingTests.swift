import HTTP
import JSON
import TestSupport
import Testing

@testable import Advoware

@Suite struct AdvowareClientWritingTests {
    @Test(
        arguments: [
            (#"{"frNr":85861}"#, 85861), (#"{"frnr":85861}"#, 85861), (#"{"FrNr":"85861"}"#, 85861),
            (#"[{"FRNR":85861,"text":"x"}]"#, 85861),
            ("85861", 85861), ("[85861]", 85861), (#"{"frNr":null}"#, nil), ("null", nil), ("[]", nil), ("{}", nil), ("", nil),
            ("\r\n", nil), ("-1", nil),
            (#"{"frNr":0}"#, nil), (#"[{"frNr":1},{"frNr":2}]"#, nil),
        ] as [(String, Int64?)])
    func theNumberOfANewTerminIsFoundOrUnknown(body: String, number: Int64?) async throws {
        let transport = ScriptedTransport(answer(200, body))
        #expect(try await client(transport).create(["text": "Ä"]) == number)
        #expect(transport.requests.first?.method == .post)
        #expect(transport.requests.first?.url == "https://advoware.test:90/api/v1/advonet/Termine")
        #expect(transport.requests.first?.json == ["text": "Ä"])
        #expect(transport.requests.first?.header("Content-Type") == "application/json; charset=utf-8")
    }

    @Test func anyStatusOfSuccessIsOne() async throws {
        #expect(try await client(ScriptedTransport(answer(201, #"{"frNr":7}"#))).create([:]) == 7)
    }

    @Test(arguments: [
        failure(.timedOut), failure(.connectionBroken), failure(.cancelled), answer(500), answer(503, headers: ["Retry-After": "1"]),
        answer(408),
        answer(302), answer(200, "<html>"), answer(200, #"{"frNr":8"#),
    ])
    func aCreationOfWhichNobodyKnowsWhetherItHappenedIsNeverSentAgain(step: @escaping ScriptedTransport.Step) async throws {
        let transport = ScriptedTransport(step)
        let client = try client(transport)
        let error = await failureOf { _ = try await client.create([:]) }
        #expect(error?.mayHaveActed == true)
        #expect(transport.requests.count == 1)
    }

    @Test(arguments: [400, 403, 404, 429])
    func aCreationThatIsRefusedDidNothingAndIsNotSentAgain(status: Int) async throws {
        let transport = ScriptedTransport(answer(status))
        let client = try client(transport)
        let error = await failureOf { _ = try await client.create([:]) }
        #expect(error?.mayHaveActed == false)
        #expect(error?.status == status)
        #expect(transport.requests.count == 1)
    }

    @Test(arguments: [HTTPError.Code.cannotConnect, .timedOut, .tls])
    func aCreationIsSentAgainIfNothingWasSentBefore(code: HTTPError.Code) async throws {
        let transport = ScriptedTransport(failure(code, nothingWasSent: true), answer(200, #"{"frNr":9}"#))
        #expect(try await client(transport).create([:]) == 9)
        #expect(transport.requests.count == 2)
    }

    @Test func aCreationThatNeverLeftDidNothing() async throws {
        let transport = ScriptedTransport(failure(.cannotConnect, nothingWasSent: true))
        let client = try client(transport)
        let error = await failureOf { _ = try await client.create([:]) }
        #expect(error?.code == .unreachable)
        #expect(error?.mayHaveActed == false)
        #expect(transport.requests.count == 3)
    }

    @Test func aCreationIsRepeatedOnceWithANewTokenAfterA401() async throws {
        let transport = ScriptedTransport(answer(401), answer(200, #"{"frNr":10}"#))
        #expect(try await client(transport).create([:]) == 10)
        #expect(transport.requests.map { $0.header("Authorization") } == ["Bearer token-1", "Bearer token-2"])
    }

    @Test func thePermitIsAskedImmediatelyBeforeEverySending() async throws {
        let transport = ScriptedTransport(failure(.cannotConnect, nothingWasSent: true), answer(200))
        let client = try client(transport)
        let error = await failureOf { _ = try await client.create([:]) { transport.requests.isEmpty && !transport.logins.isEmpty } }
        #expect(error?.code == .notSent)
        #expect(error?.mayHaveActed == false)
        #expect(transport.requests.count == 1)
    }

    @Test func aReplacementIsAPutWithTheWholeBody() async throws {
        let transport = ScriptedTransport(answer(200, #"{"frNr":5}"#))
        try await client(transport).replace(["frNr": 5, "Text": "x"])
        #expect(transport.requests.first?.method == .put)
        #expect(transport.requests.first?.url == "https://advoware.test:90/api/v1/advonet/Termine")
        #expect(transport.requests.first?.json == ["frNr": 5, "Text": "x"])
    }

    @Test func aDeletionSucceedsWithAnEmptyBody() async throws {
        let transport = ScriptedTransport(answer(200, ""))
        try await client(transport).delete(frNr: 5)
        #expect(transport.requests.first?.method == .delete)
        #expect(transport.requests.first?.url == "https://advoware.test:90/api/v1/advonet/Termine?frnr=5")
        #expect(transport.requests.first?.body == nil)
    }

    @Test func aPageOfHTMLIsNoConfirmation() async throws {
        let transport = ScriptedTransport(answer(200, "\r\n<html>"))
        let client = try client(transport)
        for error in [await failureOf { try await client.replace([:]) }, await failureOf { try await client.delete(frNr: 5) }] {
            #expect(error?.code == .badAnswer)
            #expect(error?.mayHaveActed == true)
        }
        #expect(transport.requests.count == 2)
    }

    @Test(arguments: [(404, false), (500, true), (502, true), (400, false)])
    func aReplacementOrDeletionThatFailsIsLeftToTheCaller(status: Int, mayHaveActed: Bool) async throws {
        let transport = ScriptedTransport(answer(status))
        let client = try client(transport)
        for error in [await failureOf { try await client.replace([:]) }, await failureOf { try await client.delete(frNr: 5) }] {
            #expect(error?.status == status)
            #expect(error?.mayHaveActed == mayHaveActed)
        }
        #expect(transport.requests.count == 2)
    }

    @Test func aBrokenReplacementIsNotSentAgainButOneThatNeverLeftIs() async throws {
        let broken = ScriptedTransport(failure(.connectionBroken))
        let client = try client(broken)
        #expect(await failureOf { try await client.replace([:]) }?.mayHaveActed == true)
        #expect(broken.requests.count == 1)
        let refused = ScriptedTransport(failure(.cannotConnect, nothingWasSent: true), answer(200))
        try await AdvowareTests.client(refused).replace([:])
        #expect(refused.requests.count == 2)
    }
}
