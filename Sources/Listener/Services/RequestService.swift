import Advoware
import Logging
import Postgres
import ServiceLifecycle

/// Opens requests: for those about everybody the employees are read from Advoware first.
struct RequestService: Service {
    let listener: String
    let advoware: AdvowareClient
    let wake: WakeSignal
    /// Wakes the workers: only when requests are opened, so that they do not ask for runs beside us that are about to be made.
    let work: WakeSignal
    let keeper: KeepConnected
    let log: Logger

    func run() async throws {
        try await keeper.run { hub in
            try await withThrowingDiscardingTaskGroup { group in
                // Beside the queue, so that nobody's request waits for Advoware.
                group.addTask { _ = try await readEmployees(hub) }
                for await _ in wake.subscribe().cancelOnGracefulShutdown() {
                    var hasWokenWorkers = false
                    while !Task.isShuttingDownGracefully, let request = try await hub.takeRequest(listener: listener) {
                        if let runs = request.runs {
                            opened(request.requestID, runs)
                            hasWokenWorkers = true
                        } else {
                            group.addTask {
                                let problem = try await readEmployees(hub)
                                opened(request.requestID, try await hub.openRequest(request.requestID, employeesError: problem))
                            }
                        }
                    }
                    // There may be runs that another listener has made.
                    if !hasWokenWorkers { work.wake() }
                }
                group.cancelAll()
            }
        }
    }

    private func opened(_ requestID: Int64, _ runs: Int) {
        work.wake()
        log.info("request opened", metadata: ["request": "\(requestID)", "runs": "\(runs)"])
    }

    /// A list that cannot be read changes nothing: the known employees go on. Returns the code of what went wrong.
    private func readEmployees(_ hub: HubClient) async throws -> String? {
        let list: EmployeeList
        do {
            list = try await cancelWhenGracefulShutdown { [advoware] in try await advoware.employees() }
        } catch let error as AdvowareError {
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
