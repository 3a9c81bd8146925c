import Advoware
import Appointments
import GoogleCalendar
import JSON
import Signing
import Testing

@testable import Listener

@Suite("A proof by single GETs")
struct ProofsTests {
    private static let wanted = #"{"frNr": 5, "datum": "2026-03-02", "uhrzeitVon": "10:00:00", "uhrzeitBis": "11:00:00", "text": "x"}"#
    private static let other = #"{"frNr": 9, "datum": "2026-03-03", "uhrzeitVon": "10:00:00", "uhrzeitBis": "11:00:00", "text": "y"}"#

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let answers: [(Int, String)]
        var control: Int64? = 9
        let outcome: String
        let requests: Int
    }

    @Test(
        "of a Termin",
        arguments: [
            Case(testDescription: "present", answers: [(200, wanted)], outcome: "present", requests: 1),
            Case(testDescription: "an empty array is absence", answers: [(200, "[]")], outcome: "gone", requests: 1),
            Case(testDescription: "null is absence", answers: [(200, "null")], outcome: "gone", requests: 1),
            Case(testDescription: "404 is absence", answers: [(404, "")], outcome: "gone", requests: 1),
            Case(
                testDescription: "an empty body counts twice with a good control between", answers: [(200, ""), (200, other), (200, "")],
                outcome: "gone", requests: 3),
            Case(
                testDescription: "an empty body the first time only proves presence", answers: [(200, ""), (200, other), (200, wanted)],
                outcome: "present", requests: 3),
            Case(
                testDescription: "a control that is empty too proves nothing", answers: [(200, ""), (200, "")], outcome: "unproven",
                requests: 2),
            Case(
                testDescription: "a control that is gone proves nothing", answers: [(200, ""), (200, "[]")], outcome: "unproven",
                requests: 2),
            Case(
                testDescription: "without a control nothing is proven", answers: [(200, "")], control: nil, outcome: "unproven", requests: 1
            ),
        ])
    func termin(_ example: Case) async throws {
        let transport = ScriptedTransport(example.answers.map { .init(status: $0.0, body: $0.1) })
        let proof = try await proofs(transport).termin(5, control: example.control)
        #expect(proof.outcome == example.outcome)
        #expect(transport.requests.count == example.requests)
        switch example.outcome {
        case "present": #expect(proof.entry("5")?["fingerprint"]?.stringValue != nil)
        case "gone": #expect(proof.entry("5")?.text() == #"{"id":"5","present":false}"#)
        default: #expect(proof.entry("5") == nil)
        }
    }

    @Test(
        "of an event",
        arguments: [
            Case(testDescription: "404", answers: [(404, #"{"error": {"code": 404}}"#)], outcome: "gone", requests: 1),
            Case(testDescription: "410", answers: [(410, #"{"error": {"code": 410}}"#)], outcome: "gone", requests: 1),
            Case(
                testDescription: "a tombstone",
                answers: [(200, #"{"id": "abcde", "status": "cancelled", "updated": "2026-03-02T10:00:00Z"}"#)],
                outcome: "cancelled", requests: 1),
            Case(
                testDescription: "alive",
                answers: [
                    (
                        200,
                        #"{"id": "abcde", "etag": "1", "start": {"dateTime": "2026-03-02T10:00:00Z"}, "end": {"dateTime": "2026-03-02T11:00:00Z"}}"#
                    )
                ], outcome: "present", requests: 1),
        ])
    func event(_ example: Case) async throws {
        let transport = ScriptedTransport(example.answers.map { .init(status: $0.0, body: $0.1) })
        let proof = try await proofs(transport).event("calendar", "abcde", isOccurrence: false)
        #expect(proof.outcome == example.outcome)
        #expect(transport.requests.count == example.requests)
        #expect(proof.entry("abcde")?["present"]?.boolValue == (example.outcome == "present"))
        if example.outcome == "cancelled" { #expect(proof.entry("abcde")?["ts"] == "2026-03-02T10:00:00.000000Z") }
    }

    private func proofs(_ transport: ScriptedTransport) throws -> Proofs {
        Proofs(
            advoware: try Clients.advoware(transport), google: try Clients.google(transport),
            observer: Observer(key: try FingerprintKey(secret: [1, 2, 3]), employee: "SB"), cache: ContentCache(), quotaUser: "SB")
    }
}
