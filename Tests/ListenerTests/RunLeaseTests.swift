import Testing

@testable import Listener

@Suite("A lease")
struct RunLeaseTests {
    private let start = ContinuousClock.now

    @Test("counts from when the claim was sent")
    func length() {
        let lease = RunLease(length: .seconds(20), claimSentAt: start)
        #expect(lease.isHeld(at: start + .seconds(19)))
        #expect(!lease.isHeld(at: start + .seconds(20)))
    }

    @Test("is extended from when the heartbeat was sent, not from when it was answered")
    func extension_() {
        let lease = RunLease(length: .seconds(20), claimSentAt: start)
        lease.extend(sentAt: start + .seconds(5), answeredAt: start + .seconds(15))
        #expect(lease.isHeld(at: start + .seconds(24)))
        #expect(!lease.isHeld(at: start + .seconds(25)))
    }

    @Test("that has run out is not brought back by a late heartbeat")
    func noRevival() {
        let lease = RunLease(length: .seconds(20), claimSentAt: start)
        lease.extend(sentAt: start + .seconds(19), answeredAt: start + .seconds(21))
        #expect(!lease.isHeld(at: start + .seconds(21)))
    }

    @Test("is never shortened by an answer that comes late")
    func noShortening() {
        let lease = RunLease(length: .seconds(20), claimSentAt: start)
        lease.extend(sentAt: start - .seconds(3), answeredAt: start + .seconds(1))
        #expect(lease.isHeld(at: start + .seconds(19)))
    }

    @Test("forbids sending once it is over")
    func permit() {
        #expect(RunLease(length: .seconds(20), claimSentAt: start).permit())
        #expect(!RunLease(length: .seconds(20), claimSentAt: start - .seconds(30)).permit())
    }
}
