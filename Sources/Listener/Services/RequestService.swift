import Advoware
import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// Opens the requests for which the employees are read from Advoware first; the others are opened when a worker claims a run.
struct RequestService: Service {
    let listener: String
    let advoware: AdvowareClient
    let wake: WakeSignal
    let keeper: KeepConnected
    /// Reads the employees in a session of its own: neither Advoware nor whoever has locked an employee may keep the queue waiting.
    let readerKeeper: KeepConnected
    let log: Logger

    func run() async throws {
        let unopened = UnopenedRequests()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await takeRequests(unopened) }
            group.addTask { try await openRequests(unopened) }
            try await group.waitForAll()
        }
    }

    private func takeRequests(_ unopened: UnopenedRequests) async throws {
        try await keeper.run { hub in
            for await _ in wake.subscribe().cancelOnGracefulShutdown() {
                while !Task.isShuttingDownGracefully, let request = try await claimRequest(hub) { unopened.add(request) }
            }
        }
    }

    /// It may wait for somebody's lock; leaving does not.
    private func claimRequest(_ hub: HubClient) async throws -> Int64? {
        try await cancelWhenGracefulShutdown { [listener] in try await hub.claimRequest(listener: listener) }
    }

    /// One reading serves all requests that were claimed before it began. When anything fails, they wait for the next session; when the
    /// process leaves, the hub gives them back to the queue.
    private func openRequests(_ unopened: UnopenedRequests) async throws {
        try await readerKeeper.run { hub in
            var hasRead = false
            for await _ in unopened.added.subscribe().cancelOnGracefulShutdown() {
                let requests = unopened.all
                if hasRead, requests.isEmpty { continue }
                try await cancelWhenGracefulShutdown {
                    let problem = try await readEmployees(hub)
                    for request in requests {
                        let runs = try await hub.openRequest(request, employeesError: problem)
                        unopened.remove(request)
                        wake.wake()
                        log.info("request opened", metadata: ["request": "\(request)", "runs": "\(runs)"])
                    }
                }
                hasRead = true
            }
        }
    }

    /// A list that cannot be read changes nothing: the known employees go on. Returns the code of what went wrong.
    private func readEmployees(_ hub: HubClient) async throws -> String? {
        let list: EmployeeList
        do {
            list = try await advoware.employees()
        } catch {
            // Cut off because we leave: that says nothing about Advoware, and nothing is to be opened with it.
            try Task.checkCancellation()
            log.error("employees could not be read, the known ones go on", metadata: ["code": "\(error.hubCode)"])
            return error.hubCode
        }
        if list.unidentifiable > 0 {
            log.error("list of employees is incomplete, nobody is deactivated", metadata: ["unidentifiable": "\(list.unidentifiable)"])
        }
        guard !list.kuerzel.isEmpty else { return "advoware_names_nobody" }
        let known = try await hub.storeEmployees(list)
        log.debug("employees stored", metadata: ["known": "\(known)"])
        return nil
    }
}

/// Requests that were claimed and wait for the list of employees. They outlive the session that reads it.
final class UnopenedRequests: Sendable {
    private let requests = Mutex<[Int64]>([])
    let added = WakeSignal()

    var all: [Int64] { requests.withLock { $0 } }

    /// Once: the hub hands out one that has waited too long again, also to us.
    func add(_ requestID: Int64) {
        requests.withLock { if !$0.contains(requestID) { $0.append(requestID) } }
        added.wake()
    }

    func remove(_ requestID: Int64) { requests.withLock { $0.removeAll { $0 == requestID } } }
}
