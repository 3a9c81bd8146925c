import Advoware
import Logging

/// The employees as Advoware names them now, or the code of why there is no list.
enum EmployeesAnswer: Sendable {
    case list(EmployeeList)
    case problem(String)
}

/// Reads the list of employees: when a listener starts, and for each request that needs it.
struct EmployeesReader: Sendable {
    let advoware: AdvowareClient
    let log: Logger

    /// A list that cannot be read changes nothing: the known employees go on.
    ///
    /// - Throws: `CancellationError` if the process leaves: that says nothing about Advoware.
    func read() async throws -> EmployeesAnswer {
        do {
            let list = try await advoware.employees()
            if list.unidentifiable > 0 {
                log.error("list of employees is incomplete; nobody is deactivated", metadata: ["unidentifiable": "\(list.unidentifiable)"])
            }
            return .list(list)
        } catch {
            try Task.checkCancellation()
            log.error("employees could not be read; the known ones go on", metadata: ["code": "\(error.hubCode)"])
            return .problem(error.hubCode)
        }
    }

    /// Reads the list and stores it, whether or not anybody has asked for a sync.
    func readOnce(_ hub: HubClient) async throws {
        guard case .list(let list) = try await read(), !list.kuerzel.isEmpty else { return }
        let known = try await hub.storeEmployees(list)
        log.debug("employees stored", metadata: ["known": "\(known)"])
    }

    /// Reads the list for a request that was claimed, and opens it. Returns how many runs it has.
    func open(_ requestID: Int64, _ hub: HubClient, listener: String) async throws -> Int {
        let runs = try await hub.openRequest(requestID, listener: listener, employees: try await read())
        log.info("request opened", metadata: ["request": "\(requestID)", "runs": "\(runs)"])
        return runs
    }
}
