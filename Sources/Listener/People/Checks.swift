import Advoware
import Foundation
import GoogleCalendar
import HTTP
import Postgres

/// Looks at everything a listener needs, one thing after the other.
public struct Checks: Sendable {
    /// What one look has shown.
    public struct Finding: Sendable {
        /// What was looked at.
        public let subject: String
        /// How it stands.
        public let status: CommandStatus
        /// One sentence.
        public let detail: String
        /// What to do about it.
        public let remedy: String?
    }

    /// More than this, and logins are refused or `Retry-After` and deadlines go wrong.
    static let largestSkew = Duration.seconds(60)

    private let configuration: Configuration

    /// Checks for this configuration, which has been read already.
    public init(_ configuration: Configuration) { self.configuration = configuration }

    /// Reports each finding as it comes and returns the worst status.
    public func run(report: (Finding) -> Void) async -> CommandStatus {
        var worst = CommandStatus.good
        func note(_ finding: Finding) {
            worst = max(worst, finding.status)
            report(finding)
        }
        note(Finding(subject: "configuration", status: .good, detail: configuration.description, remedy: nil))
        for finding in await database() { note(finding) }
        do {
            let transport = try Remotes.transport()
            for finding in await remotes(transport) { note(finding) }
            transport.shutdown()
        } catch {
            note(failure("libcurl", error, nil))
        }
        return worst
    }

    // MARK: Database

    private func database() async -> [Finding] {
        let hub: HubClient
        do {
            hub = try await HubClient.connect(configuration.postgres)
        } catch {
            return [failure("database", error, error.remedy)]
        }
        var findings = [Finding(subject: "database", status: .good, detail: configuration.postgres.description, remedy: nil)]
        do {
            let version = try await hub.hubSchemaVersion()
            let fits = version == HubClient.schemaVersion
            findings.append(
                Finding(
                    subject: "schema version", status: fits ? .good : .problems,
                    detail: fits ? "\(version)" : "the hub has \(version), this program needs \(HubClient.schemaVersion)",
                    remedy: fits ? nil : "run ops/create_db.sql of this program's release, or use the program that fits the hub"))
            if fits {
                findings.append(try await privileges(hub))
                findings.append(await office(hub))
                findings.append(try await advowareClock(hub))
            }
            findings.append(try await databaseClock(hub))
        } catch {
            findings.append(failure("schema", error, (error as? PostgresError)?.remedy))
        }
        await hub.close()
        return findings
    }

    /// A listener configured for another office than the hub's refuses to start.
    private func office(_ hub: HubClient) async -> Finding {
        do {
            let isKnown = try await hub.isOfOffice(configuration)
            let office = "Kanzlei \"\(configuration.advoware.kanzlei)\", database \"\(configuration.advoware.database)\""
            return Finding(
                subject: "office", status: .good,
                detail: isKnown ? office : "\(office); the hub has not been used yet, the first listener ties it to this office",
                remedy: nil)
        } catch {
            return failure("office", error, nil)
        }
    }

    /// What Advoware's timestamps have been proven to be by the answers to our own writes.
    private func advowareClock(_ hub: HubClient) async throws -> Finding {
        let row = try await hub.call("SELECT clock, proven_at FROM engine.advoware_clock()").single()
        let day = try row.optionalString("proven_at").map { " (proven \($0.prefix(10)))" } ?? ""
        let isBerlin = try row.optionalString("clock").map { $0 == "berlin" }
        return Finding(
            subject: "clock of Advoware", status: isBerlin == false ? .problems : .good,
            detail: isBerlin.map { "its timestamps are \($0 ? "Berlin time" : "UTC and not Berlin time")\(day)" }
                ?? "not proven yet: the first write to Advoware shows whether its timestamps are Berlin time",
            remedy: isBerlin == false
                ? "have the installation's time zone looked at; what both sides changed is held meanwhile (sync.approve_held)" : nil)
    }

    private func privileges(_ hub: HubClient) async throws -> Finding {
        let lacking = try await hub.call(
            """
            SELECT DISTINCT p.proname::text AS name FROM pg_catalog.pg_proc AS p
            WHERE p.pronamespace::regnamespace::text IN ('sync', 'engine')
                AND p.proname = ANY ($1) AND NOT pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
            """,
            [.textArray(["listener_start", "claim_run", "open_request", "begin_action", "complete_action", "finish_run", "request_sync"])]
        ).map { try $0.string("name") }
        return Finding(
            subject: "privileges", status: lacking.isEmpty ? .good : .problems,
            detail: lacking.isEmpty ? "all that a listener needs" : "may not execute \(lacking.sorted().joined(separator: ", "))",
            remedy: lacking.isEmpty
                ? nil : "grant the role calendar_sync_user to \(configuration.postgres.user), or run ops/create_db.sql again")
    }

    private func databaseClock(_ hub: HubClient) async throws -> Finding {
        let sentAt = Date()
        let now = try await hub.call("SELECT pg_catalog.clock_timestamp() AS now").single().timestamp("now")
        return skew("clock against the database", Date(timeIntervalSince1970: Double(now) / 1_000_000), sentAt)
    }

    // MARK: Remote systems

    /// Each system for itself: what is wrong with one must not hide the other.
    private func remotes(_ transport: any HTTPTransport) async -> [Finding] {
        let advoware = AdvowareClient(configuration: configuration.advoware, transport: transport)
        var findings = [await login("Advoware login", { try await advoware.login() })]
        do {
            let google = Remotes.google(configuration, try Remotes.account(configuration), transport)
            findings.append(await login("Google login", { try await google.login() }))
        } catch {
            findings.append(failure("service account", error, nil))
        }
        findings.append(await clock("clock against Advoware", configuration.advoware.baseURL, transport))
        findings.append(await clock("clock against Google", configuration.google.baseURL + "/users/me/calendarList", transport))
        return findings
    }

    private func login(_ subject: String, _ attempt: () async throws -> Void) async -> Finding {
        do {
            try await attempt()
            return Finding(subject: subject, status: .good, detail: "accepted", remedy: nil)
        } catch {
            return failure(subject, error, nil)
        }
    }

    /// Any answer will do, a refusal too: every one has a date.
    private func clock(_ subject: String, _ url: String, _ transport: any HTTPTransport) async -> Finding {
        do {
            let sentAt = Date()
            let response = try await transport.send(HTTPRequest(.get, url, timeout: .seconds(10)))
            guard let text = response.header("Date"), let date = Self.httpDate.date(from: text) else {
                return Finding(subject: subject, status: .good, detail: "the answer has no date to compare with", remedy: nil)
            }
            return skew(subject, date, sentAt)
        } catch {
            return failure(subject, error, nil)
        }
    }

    private static var httpDate: DateFormatter {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return format
    }

    private func skew(_ subject: String, _ there: Date, _ here: Date) -> Finding {
        let seconds = there.timeIntervalSince(here).rounded()
        let fits = abs(seconds) <= Double(Self.largestSkew.components.seconds)
        return Finding(
            subject: subject, status: fits ? .good : .problems, detail: "\(Int(seconds)) s apart",
            remedy: fits ? nil : "set this machine's clock by NTP (timedatectl set-ntp true)")
    }

    private func failure(_ subject: String, _ error: any Error, _ remedy: String?) -> Finding {
        Finding(
            subject: subject, status: CommandStatus(error), detail: Remedies.message(for: error),
            remedy: remedy ?? Remedies.text(for: error))
    }
}
