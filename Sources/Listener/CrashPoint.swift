import HTTP

#if DEBUG
    import Foundation
    import Glibc
    import Synchronization
#endif

/// The places between two effects where this process can be made to die, so that tests can look at what a crash leaves behind: before and
/// after each request that leaves and each statement that the hub commits.
///
/// Only in debug builds; a release passes them without a look. There the environment says what to do (not `--env-file`):
/// - `CALENDAR_SYNC_CRASH_AT=n`: SIGKILL at the n-th point that the process passes, counted from 1 over all its tasks.
/// - `CALENDAR_SYNC_CRASH_AT=0`: never, but each point is told on stderr: `crash point 7: after engine.begin_action`.
enum CrashPoint {
    /// Which side of an effect.
    enum Moment: String { case before, after }

    /// Passes the points around a statement of the hub.
    @inline(__always)
    static func pass(_ moment: Moment, statement: String) {
        #if DEBUG
            guard let plan else { return }
            plan.pass("\(moment) \(statement.firstMatch(of: #/(?:sync|engine)\.\w+|pg_\w+/#).map { String($0.output) } ?? "statement")")
        #endif
    }

    /// The transport with a point before and after each request.
    static func watched(_ transport: any HTTPTransport) -> any HTTPTransport {
        #if DEBUG
            if plan != nil { return Watched(transport: transport) }
        #endif
        return transport
    }

    #if DEBUG
        private static let plan = Plan(ProcessInfo.processInfo.environment["CALENDAR_SYNC_CRASH_AT"])

        private final class Plan: Sendable {
            let end: Int
            let passed = Atomic(0)

            init?(_ text: String?) {
                guard let end = text.flatMap({ Int($0) }), end >= 0 else { return nil }
                self.end = end
            }

            func pass(_ label: String) {
                let number = passed.add(1, ordering: .relaxed).newValue
                guard end == 0 || number == end else { return }
                FileHandle.standardError.write(Data("crash point \(number): \(label)\n".utf8))
                guard number == end else { return }
                kill(getpid(), SIGKILL)
                // The signal may reach another thread first.
                while true { sleep(60) }
            }
        }

        private struct Watched: HTTPTransport {
            let transport: any HTTPTransport

            func send(_ request: HTTPRequest) async throws -> HTTPResponse {
                let path = request.url.split(separator: "?")[0].split(separator: "/").dropFirst(2)
                // What kind of request, not which entry.
                let kind = path.map { $0.contains { $0.isNumber } && $0.count > 4 ? "*" : String($0) }.joined(separator: "/")
                CrashPoint.plan?.pass("before \(request.method.rawValue) \(kind)")
                defer { CrashPoint.plan?.pass("after \(request.method.rawValue) \(kind)") }
                return try await transport.send(request)
            }
        }
    #endif
}
