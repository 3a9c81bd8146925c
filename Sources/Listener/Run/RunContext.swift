import Advoware
import Appointments
import GoogleCalendar
import Logging
import ServiceLifecycle

/// Everything that the steps of one run share.
struct RunContext: Sendable {
    let run: ClaimedRun
    let hub: RunHub
    let advoware: AdvowareClient
    let google: GoogleClient
    let ownerEmail: String?
    let key: FingerprintKey
    let lease: RunLease
    let cache = ContentCache()
    var log: Logger

    var observer: Observer { Observer(key: key, employee: run.employee) }
    /// All Google calls of a run count against the quota of its employee.
    var quotaUser: String { run.employee }

    /// How many actions are worth beginning at once: no more than the clients will send. What phase 2 begins, waits for Advoware alone,
    /// and an attempt to create a Termin must not grow old in the queue.
    func concurrency(phase: Int) async -> Int {
        let advoware = await advoware.concurrency
        return phase == 2 ? advoware : max(advoware, await google.concurrency)
    }

    /// Throws when nothing new should be begun: the lease is over, or the process is leaving.
    func checkMayGoOn() throws {
        guard lease.isHeld() else { throw LeaseLost() }
        if Task.isShuttingDownGracefully || Task.isCancelled { throw Leaving() }
    }
}

/// The process is leaving: what has begun is finished, nothing new is begun. The hub frees the run.
struct Leaving: Error {}

/// What reading or finding a calendar ends with, as a code for the hub.
struct RunFailure: Error {
    let code: HubCode
}
