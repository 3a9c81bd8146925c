import GoogleCalendar
import Postgres

// What the hub's functions answer. Times that are only handed back keep the text in which the hub wrote them: nothing is rounded.

/// What a listener was given to do.
enum ClaimedWork: Sendable {
    case run(ClaimedRun)
    /// Read the employees, and open this request with them.
    case employees(requestID: Int64)

    init(_ row: PostgresRow) throws(PostgresError) {
        self = try row.optionalInt64("run_id") == nil ? .employees(requestID: row.int64("request_id")) : .run(ClaimedRun(row))
    }
}

/// One employee's run, claimed by this listener.
struct ClaimedRun: Sendable {
    let runID: Int64
    let fence: Int64
    let requestID: Int64
    let employee: String
    /// nil: all four.
    let phase: Int?
    let isDryRun: Bool
    let lease: Duration
    let limits: RequestLimits
    /// As the hub knew it when the run was claimed; asked again before anything is made or shared.
    let calendar: CalendarOrder
    /// What to read first; nil: the hub is to be asked, because something comes before.
    let reading: ReadingOrder?

    init(_ row: PostgresRow) throws(PostgresError) {
        runID = try row.int64("run_id")
        fence = try row.int64("fence")
        requestID = try row.int64("request_id")
        employee = try row.string("employee_kuerzel")
        phase = try row.optionalInt("phase")
        isDryRun = try row.bool("dry_run")
        lease = .seconds(try row.int("lease_seconds"))
        limits = try RequestLimits(row)
        calendar = try CalendarOrder(row)
        reading = try row.optionalString("observed_at") == nil ? nil : ReadingOrder(row)
    }
}

/// The employee's calendar as the hub knows it.
struct CalendarOrder: Sendable {
    /// nil: none is known yet.
    let knownID: String?
    /// Whether it still has to be shared with the owner account.
    let isToBeShared: Bool

    init(_ row: PostgresRow) throws(PostgresError) {
        knownID = try row.optionalString("google_calendar_id")
        isToBeShared = try row.bool("to_be_shared")
    }
}

/// How many requests may be in flight to each remote system, for all runs of this process together.
struct RequestLimits: Sendable {
    let advoware, google: Int

    init(_ row: PostgresRow) throws(PostgresError) {
        advoware = try row.int("advoware_concurrency")
        google = try row.int("google_concurrency")
    }
}

/// What to read, and the database time that goes with what is read after it.
struct ReadingOrder: Sendable {
    let observedAt: String
    /// Microseconds since 1970 UTC.
    let windowFrom, windowTo: Int64
    /// From when Google is listed; nil: the whole calendar, whatever lies before the window.
    let googleFrom: Int64?
    /// nil: list whole.
    let googleToken: String?
    /// Of Advoware's last answer for this window, as long as the hub knows nothing else; nil: any answer has to be read.
    let advowareDigest: String?
    /// The window in the hub's own words, to be handed back with the reading.
    let windowFromText, windowToText: String
    /// Occurrences of series that are carried one by one are listed until then; microseconds since 1970 UTC.
    let expandTo: Int64
    /// Series that the hub carries occurrence by occurrence, without what a split appends to their ids.
    let carried: Set<String>
    /// Masters of later parts of series that were split, carried or not.
    let parts: [String]
    /// Masters of such series whose occurrences have to be listed now.
    let due: [String]

    /// From when on the occurrences of a series are of interest, however far back the calendar is listed.
    var occurrencesFrom: Int64 { googleFrom ?? windowFrom - 86_400_000_000 }

    /// Whether this master's series is carried occurrence by occurrence.
    func isCarried(_ master: String) -> Bool { carried.contains(SeriesID.family(of: master)) }

    init(_ row: PostgresRow) throws(PostgresError) {
        observedAt = try row.string("observed_at")
        windowFrom = try row.timestamp("window_from")
        windowTo = try row.timestamp("window_to")
        googleFrom = try row.optionalTimestamp("google_from")
        googleToken = try row.optionalString("google_token")
        expandTo = try row.timestamp("expand_to")
        carried = Set(try row.json("carried").arrayValue?.compactMap(\.stringValue) ?? [])
        parts = try row.json("parts").arrayValue?.compactMap(\.stringValue) ?? []
        due = try row.json("due").arrayValue?.compactMap(\.stringValue) ?? []
        advowareDigest = try row.optionalString("advoware_digest")
        windowFromText = try row.string("window_from")
        windowToText = try row.string("window_to")
    }
}

/// The remote operations that the hub asks for.
enum ActionKind: String, Sendable {
    case createEvent = "create_event"
    case recreateEvent = "recreate_event"
    case updateEvent = "update_event"
    case deleteEvent = "delete_event"
    case tagEvent = "tag_event"
    case tagSeries = "tag_series"
    case createTermin = "create_termin"
    case recreateTermin = "recreate_termin"
    case updateTermin = "update_termin"
    case deleteTermin = "delete_termin"
}

/// One of the two remote systems, as the hub names them.
enum Side: String, Sendable {
    case advoware, google
}

/// An action that has begun: all that is needed to carry it out.
struct BegunAction: Sendable {
    enum Verdict: String, Sendable {
        /// Carry it out.
        case go
        /// First show with a single GET whether the entry is gone there.
        case proveAdvoware = "prove_advoware"
        case proveGoogle = "prove_google"
        /// Settled without us.
        case ended
    }

    enum Mode: String, Sendable {
        case full, anonymous
        case timeOnly = "time_only"
    }

    let actionID: Int64
    let verdict: Verdict
    /// The kind's name, also one that this version does not know.
    let kind: String
    let syncID: String?
    let calendarID: String?
    let eventID: String?
    let etag: String?
    let frNr: Int64?
    let mode: Mode
    let sourceFingerprint, expectedFingerprint, meantFingerprint, meantTimeFingerprint: String?
    /// Whose the Termin was when it was planned to write it; nil: that does not matter.
    let expectedOwnership: String?
    let tagFrNr: Int64?
    let tagSource: String?
    let tagAnonymized: Bool
    let observedAt: String?
    /// Time left for a POST when the hub answered; nil: no bound of its own.
    let remaining: Duration?
    let controlFrNr: Int64?
    /// The event is one occurrence of a series: it carries neither a tag nor a rule.
    let isOccurrence: Bool
    /// The Termin is private and the event is to become so.
    let isPrivate: Bool
    /// The event is a series that has shown occurrences of their own, or that Advoware cannot represent.
    let hasExceptions: Bool
    /// The Termin that has the text which an anonymised event lacks; nil: the event has its own.
    let textFrNr: Int64?

    init(_ actionID: Int64, _ row: PostgresRow) throws(PostgresError) {
        self.actionID = actionID
        let verdictText = try row.string("verdict")
        guard let verdict = Verdict(rawValue: verdictText) else {
            throw PostgresError(.decoding, "verdict \"\(verdictText)\" of begin_action; allowed: go, prove_advoware, prove_google, ended")
        }
        self.verdict = verdict
        kind = try row.optionalString("kind") ?? ""
        syncID = try row.optionalString("sync_id")
        calendarID = try row.optionalString("calendar_id")
        eventID = try row.optionalString("event_id")
        etag = try row.optionalString("etag")
        frNr = try row.optionalInt64("frnr")
        let modeText = try row.optionalString("mode") ?? "full"
        guard let mode = Mode(rawValue: modeText) else {
            throw PostgresError(.decoding, "mode \"\(modeText)\" of begin_action; allowed: full, anonymous, time_only")
        }
        self.mode = mode
        sourceFingerprint = try row.optionalString("source_fingerprint")
        expectedFingerprint = try row.optionalString("expected_fingerprint")
        expectedOwnership = try row.optionalString("expected_ownership")
        meantFingerprint = try row.optionalString("meant_fingerprint")
        meantTimeFingerprint = try row.optionalString("meant_time_fingerprint")
        tagFrNr = try row.optionalInt64("tag_frnr")
        tagSource = try row.optionalString("tag_source")
        tagAnonymized = try row.optionalBool("tag_anonymized") ?? false
        observedAt = try row.optionalString("observed_at")
        if let deadline = try row.optionalTimestamp("deadline"), let now = try row.optionalTimestamp("observed_at") {
            remaining = .microseconds(deadline - now)
        } else {
            remaining = nil
        }
        controlFrNr = try row.optionalInt64("control_frnr")
        isOccurrence = try row.optionalBool("is_occurrence") ?? false
        isPrivate = try row.optionalBool("is_private") ?? false
        hasExceptions = try row.optionalBool("has_exceptions") ?? false
        textFrNr = try row.optionalInt64("text_frnr")
    }
}
