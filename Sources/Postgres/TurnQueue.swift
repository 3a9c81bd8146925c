/// Decides who may use the connection: anybody, or only those who belong to the open transaction.
///
/// Pure bookkeeping; the connection acts on what it says.
struct TurnQueue {
    /// Names one transaction; unique in the process, because a task may hold transactions of several connections.
    typealias Owner = ObjectIdentifier

    struct Waiter {
        let id: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private(set) var owner: Owner?
    private var waiters: [Waiter] = []
    private var lastID = 0

    func mayProceed(_ held: Set<Owner>) -> Bool { owner.map(held.contains) ?? true }

    mutating func nextID() -> Int {
        lastID += 1
        return lastID
    }

    mutating func wait(_ waiter: Waiter) { waiters.append(waiter) }

    mutating func begin(_ owner: Owner) { self.owner = owner }

    /// - Returns: everybody who waited, in order; each looks again whether it may proceed.
    mutating func end() -> [Waiter] {
        owner = nil
        defer { waiters = [] }
        return waiters
    }

    /// - Returns: the waiter, if it has not been let go yet.
    mutating func abandon(_ id: Int) -> Waiter? {
        waiters.firstIndex { $0.id == id }.map { waiters.remove(at: $0) }
    }
}
