import Advoware
import Appointments
import Foundation
import GoogleCalendar
import HTTP
import JSON
import Signing
import Testing

@testable import Listener

/// Bytes from outside, damaged in every way that a seed can think of: each parser reads them or refuses them, and none crashes or hangs.
///
/// `FUZZ_COUNT` in the environment says how many inputs; without it a few seconds' worth.
@Suite("Mutated input")
struct MutatedInputTests {
    private static let count = ProcessInfo.processInfo.environment["FUZZ_COUNT"].flatMap(Int.init) ?? 400

    /// The xorshift generator: the same sequence for the same seed on every machine.
    private struct Sequence: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }

        mutating func mutated(_ document: [UInt8]) -> [UInt8] {
            var bytes = document
            for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &self)
                switch Int.random(in: 0..<8, using: &self) {
                case 0: bytes[place] = .random(in: 0...255, using: &self)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
                case 2: bytes.remove(at: place)
                case 3: bytes.insert(Array("[]{}\",:\\u0e-#='\n".utf8).randomElement(using: &self) ?? 0, at: place)
                case 4: bytes.removeSubrange(place...)
                case 5: bytes.insert(contentsOf: bytes[..<min(place, 40)], at: place)
                case 6: bytes.replaceSubrange(place..<min(place + 8, bytes.count), with: "99999999".utf8)
                default: bytes[place] = .random(in: 48...57, using: &self)
                }
            }
            return bytes
        }
    }

    /// Answers every call with the same bytes, and logins as they should be, unless those are what is damaged.
    private struct Echo: HTTPTransport {
        let body: [UInt8]
        var damagesLogin = false

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            let isLogin = request.url.hasSuffix("/token")
            let login = Array(#"{"access_token": "t", "expires_in": 3600}"#.utf8)
            return HTTPResponse(status: 200, body: isLogin == damagesLogin ? body : isLogin ? login : Array("[]".utf8))
        }
    }

    private static let termine = Array(
        #"""
        [{"frNr": 85861, "datum": "2026-03-29T00:00:00", "datumBis": "2027-03-29T00:00:00", "uhrzeitVon": "02:30:00", "uhrzeitBis": "03:30",
        "text": "Müller ./. \"Meier\" \ud83c\udfbb", "notiz": "a\r\nb", "ort": null, "dauertermin": 1, "turnus": 2, "turnusArt": 2, "sb": "SB",
        "anwalt": "SB", "privat": 0, "zuletztGeaendertAm": "2026-10-25T02:30:00.1234567"}, {"FrNr": -5, "Datum": "2026-01-01"}]
        """#.utf8)
    private static let employees = Array(#"[{"kuerzel": "SB", "name": "Bär"}, {"Kuerzel": "ÄÖ", "aktiv": true}]"#.utf8)
    private static let login = Array(
        #"{"access_token": "abc", "expires_in": 3600, "expiration_utc": "2026-10-25T02:30:00.1234567Z", "token_type": "Bearer"}"#.utf8)
    private static let events = Array(
        #"""
        {"kind": "calendar#events", "nextSyncToken": "x=", "items": [{"id": "abcde", "etag": "\"1\"", "status": "confirmed", "summary": "é 🎻",
        "updated": "2026-10-25T00:30:00.123Z", "start": {"dateTime": "2026-10-25T02:30:00+02:00", "timeZone": "Europe/London"},
        "end": {"dateTime": "2026-10-25T03:30:00+01:00", "timeZone": "Europe/London"},
        "recurrence": ["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;UNTIL=20370101T000000Z"],
        "extendedProperties": {"private": {"sync_id": "0a1b2c3d-0000-4000-8000-000000000001", "frNr": "85861", "kuerzel": "SB"}}},
        {"id": "abcde_20260101", "recurringEventId": "abcde", "originalStartTime": {"date": "2026-01-01"}, "status": "cancelled"}]}
        """#.utf8)
    private static let refusal = Array(#"{"error": {"code": 403, "errors": [{"reason": "rateLimitExceeded"}], "message": "x"}}"#.utf8)

    @Test("from Advoware is read or refused")
    func advoware() async throws {
        var random = Sequence(state: 0xADF0)
        let observer = Observer(key: try FingerprintKey(secret: [1]), employee: "SB")
        let day = WallTime(date: LocalDate(dayNumber: 20_000))
        var read = 0
        for _ in 0..<Self.count {
            let client = try Clients.advoware(Echo(body: random.mutated(Self.termine)))
            if let list = try? await client.termine(kuerzel: "SB", from: day, to: day) {
                read += 1
                for entry in list.entries { _ = try observer.observe(entry.termin, entry.frNr).entry.text() }
            }
            _ = try? await client.termin(frNr: 85861)
            _ = try? await client.create([:])
            _ = try? await Clients.advoware(Echo(body: random.mutated(Self.employees))).employees()
            _ = try? await Clients.advoware(Echo(body: random.mutated(Self.login), damagesLogin: true)).login()
        }
        // Else the mutations are no test.
        #expect((Self.count / 20..<Self.count).contains(read))
    }

    @Test("from Google is read or refused")
    func google() async throws {
        var random = Sequence(state: 0x600613)
        let observer = Observer(key: try FingerprintKey(secret: [1]), employee: "SB")
        let account = try ServiceAccount(json: Self.keyFile())
        var read = 0
        for number in 0..<Self.count {
            let document = number % 10 == 0 ? Self.refusal : Self.events
            var options = GoogleClient.defaults
            options.sleep = { _ in }
            // Pages for ever are an answer, too: the reading must end.
            let client = GoogleClient(
                account: account, baseURL: "http://localhost/calendar/v3", transport: Echo(body: random.mutated(document)), options: options
            )
            if let list = try? await client.events(calendar: "c", quotaUser: "SB") {
                read += 1
                for event in list.events { _ = observer.observe(event, event.id ?? "").entry.text() }
            }
            _ = try? await client.event(calendar: "c", id: "abcde", quotaUser: "SB")
        }
        #expect((Self.count / 20..<Self.count).contains(read))
    }

    @Test("in place of a service account's key file is read or refused without a word of it")
    func keyFiles() throws {
        var random = Sequence(state: 0x4B45)
        let file = try Self.keyFile()
        for _ in 0..<Self.count {
            do {
                _ = try ServiceAccount(json: random.mutated(file))
            } catch {
                #expect(!"\(error)".contains("MII"))
            }
        }
    }

    @Test("in place of an environment file is read or refused, line by line")
    func environmentFiles() {
        var random = Sequence(state: 0xE4F)
        let file = Array("# Kommentar\nA=1\nexport B='x # y'\nC=\"a\\n\\\"b\\\"\" # z\r\nPOSTGRES_PASSWORD=geheim#nis\n\nD=\n".utf8)
        for _ in 0..<Self.count {
            let text = String(decoding: random.mutated(file), as: UTF8.self)
            do throws(ConfigurationError) {
                let variables = try EnvFile.parse(text)
                #expect(variables.keys.allSatisfy { !$0.isEmpty })
            } catch {
                #expect(!error.problems.isEmpty && !error.description.contains("geheim"))
            }
        }
    }

    private static func keyFile() throws -> [UInt8] {
        let file: JSONValue = [
            "type": "service_account", "client_email": "sync@example.iam.gserviceaccount.com", "private_key_id": "1",
            "private_key": .string(try RSAPrivateKey.generate(bits: 2048).pem), "token_uri": "http://localhost/token",
        ]
        return file.bytes()
    }
}
