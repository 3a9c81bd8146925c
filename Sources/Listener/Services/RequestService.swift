import Advoware
import Logging
import Postgres
import ServiceLifecycle

/// Opens requests: for those about everybody the employees are read from Advoware first.
struct RequestService: Service {
    let listener: String
    let advoware: AdvowareClient
    let wake: WakeSignal
    let keeper: KeepConnected
    let log: Logger

    func run() async throws {
        try await keeper.run { hub in
            try await withThrowingTaskGroup(of: Void.self) { group in
                // Beside the queue, so that nobody's request waits for Advoware.
                group.addTask { try await readEmployees(hub) }
                for await _ in wake.subscribe().cancelOnGracefulShutdown() {
                    while !Task.isShuttingDownGracefully, let request = try await hub.claimRequest(listener: listener) {
                        if request.needsEmployees { try await readEmployees(hub) }
                        let runs = try await hub.openRequest(request.requestID)
                        log.info("request opened", metadata: ["request": "\(request.requestID)", "runs": "\(runs)"])
                        wake.wake()
                    }
                }
                group.cancelAll()
            }
        }
    }

    /// A list that cannot be read changes nothing: the known employees go on.
    private func readEmployees(_ hub: HubClient) async throws {
        let list: EmployeeList
        do {
            list = try await cancelWhenGracefulShutdown { [advoware] in try await advoware.employees() }
        } catch let error as AdvowareError {
            log.error("employees could not be read, the known ones go on", metadata: ["code": "\(error.hubCode)"])
            return
        }
        // An employee is deactivated only by a complete list that names somebody.
        guard !list.kuerzel.isEmpty, list.unidentifiable == 0 else {
            log.error(
                "list of employees is empty or incomplete, the known ones go on",
                metadata: ["named": "\(list.kuerzel.count)", "unidentifiable": "\(list.unidentifiable)"])
            return
        }
        let known = try await hub.storeEmployees(list.kuerzel)
        log.debug("employees stored", metadata: ["known": "\(known)"])
    }
}
