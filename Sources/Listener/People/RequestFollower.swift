import Advoware
import Postgres

/// Follows a request to its end.
public struct RequestFollower: Sendable {
    private let hub: HubClient
    /// The request as asked for.
    public let requestID: Int64
    private let interval = Duration.milliseconds(200)

    /// A follower with a session to itself.
    public init(_ hub: HubClient, requestID: Int64) {
        self.hub = hub
        self.requestID = requestID
    }

    /// How it ended.
    public struct End: Sendable {
        /// The request's own status.
        public let state: RequestState
        /// The request that did the work: another one, if this was merged.
        public let workID: Int64
        /// Its runs.
        public let runs: [RunState]
    }

    /// Waits for the end and reports each run as it ends.
    ///
    /// - Returns: nil if `timeout` comes first; the request goes on.
    /// - Throws: `PostgresError`, `CancellationError`.
    public func follow(timeout: Duration?, onRunEnd: (RunState) -> Void) async throws -> End? {
        let deadline = timeout.map { ContinuousClock.now + $0 }
        var reported: Set<Int64> = []
        while true {
            let state = try await hub.request(requestID)
            let workID = state.mergedInto ?? requestID
            let runs = try await hub.runs(of: workID)
            for run in runs where run.hasEnded && reported.insert(run.runID).inserted { onRunEnd(run) }
            if state.hasEnded { return End(state: state, workID: workID, runs: runs) }
            if let deadline, deadline < .now { return nil }
            try await Task.sleep(for: interval)
        }
    }
}
