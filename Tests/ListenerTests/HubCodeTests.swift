import Testing

@testable import Listener

@Suite("What the listener writes into the hub")
struct HubCodeTests {
    @Test("is short words, each once, those of both remote systems and of their entries among them")
    func codes() {
        let codes = HubCode.everythingWritten
        #expect(Set(codes).count == codes.count)
        #expect(codes.allSatisfy { $0.wholeMatch(of: /[a-z]+(_[a-z]+)+/) != nil })
        for code in ["hub_error", "advoware_timeout", "google_gone", "termin_without_date", "event_with_bad_times"] {
            #expect(codes.contains(code))
        }
    }
}
