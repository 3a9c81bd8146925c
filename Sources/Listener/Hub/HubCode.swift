import Advoware
import GoogleCalendar

/// The listener's own codes: how a run or an action ended, or why an entry cannot be used. The hub has a row for each of
/// ``everythingWritten``, with what an operator does about it.
public enum HubCode: String, Sendable, Hashable, CaseIterable {
    /// A row of `sync.action` names no event.
    case actionWithoutEvent = "action_without_event"
    /// A row of `sync.action` names no Termin.
    case actionWithoutFrNr = "action_without_frnr"
    /// A row of `sync.action` names no link.
    case actionWithoutLink = "action_without_link"
    /// Advoware's list of employees holds no usable Kürzel.
    case advowareNamesNobody = "advoware_names_nobody"
    /// The calendar could not be shared with the owner account; the code of the reason follows behind a colon.
    case calendarNotShared = "calendar_not_shared"
    /// Advoware does not show a Termin that must be there, so that its empty answers prove nothing.
    case controlFailed = "control_failed"
    /// The session with the hub was lost.
    case databaseLost = "database_lost"
    /// Google stored an event and did not say under which id.
    case googleAnswerWithoutID = "google_answer_without_id"
    /// Others kept the hub from answering in time.
    case hubBusy = "hub_busy"
    /// The hub refused a statement.
    case hubError = "hub_error"
    /// Something that nobody expected.
    case internalError = "internal_error"
    /// The lease was over before the run was.
    case leaseLost = "lease_lost"
    /// Hub and proofs contradict each other again and again.
    case noAgreement = "no_agreement"
    /// No Termin is known with which an empty answer of Advoware could be proven.
    case noControl = "no_control"
    /// OpenSSL computed no fingerprint.
    case noFingerprint = "no_fingerprint"
    /// Advoware created a Termin and did not say under which number.
    case noNumber = "advoware_no_number"
    /// Others stored what they read of the same employee each time.
    case readingOvertaken = "reading_overtaken"
    /// A series was another each time it was looked at.
    case seriesKeepsChanging = "series_keeps_changing"
    /// The Termin that has an anonymised event's text cannot be read.
    case textNotFound = "text_not_found"
    /// A row of `sync.action` is of a kind that this listener does not know.
    case unknownKind = "unknown_kind"

    /// All codes that the listener can write into the hub, those of both remote systems and of their entries among them, in order.
    public static var everythingWritten: [String] {
        let remote = AdvowareCode.allCases.map(\.rawValue) + GoogleCode.allCases.map(\.rawValue)
        let entries = TerminProblem.allCases.map(\.code) + EventProblem.Code.allCases.map(\.rawValue)
        return (allCases.map(\.rawValue) + remote + entries).sorted()
    }
}
