import HTTP
import Testing

struct PureTests {
    @Test func percentEncodingKeepsOnlyUnreservedCharacters() {
        #expect(percentEncoded("aZ09-._~") == "aZ09-._~")
        #expect(percentEncoded("Ü b+c@d#e/f%\n") == "%C3%9C%20b%2Bc%40d%23e%2Ff%25%0A")
        #expect(formEncoded([("a b", "ü&="), ("c", "")]) == Array("a%20b=%C3%BC%26%3D&c=".utf8))
    }

    @Test func addressesArePutTogetherWithOneSlash() {
        #expect(URLBuilder("https://h:90/").path("api", "v1").query("x", "1").query("y", "2").url == "https://h:90/api/v1?x=1&y=2")
        #expect(URLBuilder("https://h").url == "https://h")
    }

    @Test func theAuthoritiesComeFromTheEnvironmentInCurlsOrder() {
        func file(_ environment: [String: String]) -> String? { CurlTransport.Configuration.caFile(in: environment) }
        #expect(file(["SSL_CERT_FILE": "a", "CURL_CA_BUNDLE": "b"]) == "b")
        #expect(file(["SSL_CERT_FILE": "a", "CURL_CA_BUNDLE": ""]) == "a")
        #expect(file(["SSL_CERT_FILE": ""]) == nil)
        #expect(file([:]) == nil)
    }

    @Test func delaysGrowToTheMaximumAndTheSeedFixesThem() {
        let backoff = Backoff(base: .milliseconds(100), maximum: .seconds(2), seed: 7)
        var longest = Duration.zero
        for attempt in [Int.min, -1, 0, 1, 2, 3, 10, 63, 64, .max] {
            let delay = backoff.delay(attempt: attempt)
            let bound = min(.seconds(2), .milliseconds(100) * (1 << min(max(attempt, 0), 10)))
            #expect((.zero...bound).contains(delay))
            #expect(delay == backoff.delay(attempt: attempt))
            longest = max(longest, delay)
        }
        #expect(longest > .milliseconds(200))
        #expect(backoff.delay(attempt: 1) != Backoff(base: .milliseconds(100), maximum: .seconds(2), seed: 8).delay(attempt: 1))
    }

    @Test func withoutASeedTwoCallersWaitDifferently() {
        let backoff = Backoff()
        #expect(Set((0..<20).map { _ in backoff.delay(attempt: 5) }).count > 10)
    }

    @Test func theServersOwnWaitIsNeverCutShort() {
        for attempt in 0..<5 {
            let delay = Backoff(base: .seconds(1), maximum: .seconds(2), seed: 1).delay(attempt: attempt, retryAfter: .seconds(120))
            #expect((.seconds(120) ... .seconds(121)).contains(delay))
        }
    }

    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777), ("gestern", nil), ("", nil),
    ])
    func whenItWasAnsweredIsReadInEitherForm(text: String, expected: Int?) {
        #expect(HTTPResponse(status: 200, headers: ["date": text]).answeredAt == expected)
        #expect(HTTPResponse(status: 200).answeredAt == nil)
    }

    @Test func retryAfterIsReadAsSecondsOrAsADate() {
        func wait(_ value: String) -> Duration? { HTTPResponse(status: 429, headers: ["retry-after": value]).retryAfter }
        #expect(wait("120") == .seconds(120))
        #expect(wait("Wed, 21 Oct 2015 07:28:00 GMT") == .zero)
        #expect((wait("Fri, 31 Dec 2100 23:59:59 GMT") ?? .zero) > .seconds(1_000_000))
        #expect(wait("soon") == nil)
        #expect(wait("-1") == nil)
        #expect(HTTPResponse(status: 429).retryAfter == nil)
    }
}
