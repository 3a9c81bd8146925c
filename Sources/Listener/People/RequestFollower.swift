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

    /// Why following ended.
    public enum Outcome: Sendable {
        /// The request ended.
        case ended(End)
        /// Time is up; the request goes on.
        case timedOut
        /// No listener is alive any more; the request waits.
        case nobodyListens
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

    /// Waits for the end and reports each run as it ends, and now and then how far all of them are.
    ///
    /// - Parameters:
    ///   - whileListenersLive: give up when the hub knows of no living listener.
    ///   - progressEvery: how long it lasts before `onProgress` is told, and then between two times.
    /// - Throws: `PostgresError`, `CancellationError`.
    public func follow(
        timeout: Duration?, whileListenersLive: Bool, progressEvery: Duration, onRunEnd: (RunState) -> Void,
        onProgress: ([PhaseProgress]) -> Void
    ) async throws -> Outcome {
        var progressDue = ContinuousClock.now + progressEvery
        let deadline = timeout.map { ContinuousClock.now + $0 }
        var reported: Set<Int64> = []
        while true {
            let state = try await hub.request(requestID)
            let workID = state.mergedInto ?? requestID
            let runs = try await hub.runs(of: workID)
            for run in runs where run.hasEnded && reported.insert(run.runID).inserted { onRunEnd(run) }
            if progressDue < .now {
                onProgress(try await hub.phaseProgress(of: requestID))
                progressDue = .now + progressEvery
            }
            if state.hasEnded { return .ended(End(state: state, workID: workID, runs: runs)) }
            if let deadline, deadline < .now { return .timedOut }
            if whileListenersLive, try await !hub.isListenerAlive() { return .nobodyListens }
            try await Task.sleep(for: interval)
        }
    }
}
