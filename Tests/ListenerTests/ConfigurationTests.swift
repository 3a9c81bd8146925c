import Testing

@testable import Listener

@Suite("The configuration")
struct ConfigurationTests {
    static let complete = [
        "ADVOWARE_APP_ID": "app", "ADVOWARE_API_KEY": "c2VjcmV0", "ADVOWARE_KANZLEI": "Kanzlei Müller", "ADVOWARE_DATABASE": "main",
        "ADVOWARE_USER": "api", "ADVOWARE_PASSWORD": "PaSsWoRd",
    ]

    @Test("needs no more than the Advoware account and has the seed's defaults")
    func defaults() throws {
        let configuration = try Configuration(Self.complete)
        #expect(configuration.postgres.hosts == "localhost")
        #expect(configuration.postgres.user == "calendar_sync_user")
        #expect(configuration.postgres.database == "calendar_sync_db")
        #expect(configuration.advowareHost == "www2.advo-net.net")
        #expect(configuration.advoware.productID == 64)
        #expect(configuration.google.serviceAccountPath == "service-account.json")
        #expect(configuration.workers == 6)
        #expect(!configuration.anonymize)
        #expect(configuration.notes.isEmpty)
    }

    @Test("says everything that is missing at once")
    func missing() throws {
        let error = try #require(throws: ConfigurationError.self) { try Configuration([:]) }
        #expect(Set(error.problems.map(\.variable)) == Set(Self.complete.keys))
    }

    @Test(
        "names variable, value and what is allowed",
        arguments: [
            ("POSTGRES_PORT", "99999"), ("POSTGRES_SSLMODE", "maybe"), ("ADVOWARE_API_BASE_URL", "http://office.example/"),
            ("GOOGLE_CALENDAR_API_URL", "calendar"), ("ADVOWARE_ROLE", "two"), ("ADVOWARE_API_TIMEOUT_SECONDS", "0"),
            ("CALENDAR_SYNC_WORKERS", "0"), ("CALENDAR_SYNC_LOG_LEVEL", "loud"), ("CALENDAR_SYNC_LOG_FORMAT", "xml"),
            ("CALENDAR_SYNC_ANONYMIZE_GOOGLE_EVENTS", "ja"),
        ])
    func refusal(name: String, value: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try Configuration(Self.complete.merging([name: value]) { $1 }) }
        #expect(error.problems.map(\.variable) == [name])
        #expect(error.problems.first?.value == value)
        #expect(error.description.contains("expected"))
    }

    @Test("counts the ports against the hosts")
    func portsAndHosts() throws {
        func problems(_ hosts: String, _ ports: String) -> [String] {
            do {
                _ = try Configuration(Self.complete.merging(["POSTGRES_HOST": hosts, "POSTGRES_PORT": ports]) { $1 })
                return []
            } catch {
                return error.problems.map(\.description)
            }
        }
        #expect(problems("a,b", "5432").isEmpty)
        #expect(problems("a,b", "5432, 5433").isEmpty)
        let unlike = problems("a,b,c", "5432,5433")
        #expect(unlike.count == 1)
        #expect(unlike.first?.contains("POSTGRES_PORT=\"5432,5433\"") == true && unlike.first?.contains("a,b,c") == true)
    }

    @Test(
        "keeps secrets out of every printed form",
        arguments: [
            ("ADVOWARE_API_KEY", "PaSsWoRd!"), ("CALENDAR_SYNC_FINGERPRINT_KEY", "PaSsWoRd"),
            ("ADVOWARE_AUTH_URL", "https://a:PaSsWoRd@b/"),
        ])
    func secrets(name: String, value: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try Configuration(Self.complete.merging([name: value]) { $1 }) }
        #expect(!"\(error) \(String(reflecting: error))".contains("PaSsWoRd"))
        var text = ""
        dump(try Configuration(Self.complete), to: &text)
        #expect(!text.contains("PaSsWoRd"))
    }

    @Test("derives a fingerprint key from the API key, unless one is given")
    func fingerprintKey() throws {
        let derived = try Configuration(Self.complete).fingerprintSecret
        #expect(derived.count == 32)
        #expect(derived != Array("secret".utf8))
        let own = try Configuration(Self.complete.merging(["CALENDAR_SYNC_FINGERPRINT_KEY": "0123456789abcdef"]) { $1 }).fingerprintSecret
        #expect(own == Array("0123456789abcdef".utf8))
    }

    @Test("says that CALENDAR_SYNC_HTTP has no effect, unless it is empty")
    func http() throws {
        let notes = try Configuration(Self.complete.merging(["CALENDAR_SYNC_HTTP": "127.0.0.1:3000"]) { $1 }).notes
        #expect(notes == ["CALENDAR_SYNC_HTTP is set and has no effect: this version serves no HTTP"])
        #expect(try Configuration(Self.complete.merging(["CALENDAR_SYNC_HTTP": ""]) { $1 }).notes.isEmpty)
    }

    @Test("accepts REDIS_* and notes it, as it does unknown variables of ours")
    func notes() throws {
        let notes = try Configuration(Self.complete.merging(["REDIS_HOST": "x", "CALENDAR_SYNC_ANONYMISE": "true"]) { $1 }).notes
        #expect(notes.count == 2)
        #expect(notes.contains { $0.contains("CALENDAR_SYNC_ANONYMISE") })
    }
}
