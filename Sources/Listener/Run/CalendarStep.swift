import GoogleCalendar

/// Step 1 of a run: the employee's calendar.
struct CalendarStep {
    let context: RunContext

    /// The id of the calendar. nil: the hub has ended the run as held, or in a dry run there is no calendar yet.
    func find() async throws -> Found {
        if let known = context.run.calendarID {
            if try await context.google.calendarExists(known, quotaUser: context.quotaUser) {
                try await share(known, isShared: context.run.calendarIsShared)
                return .calendar(known)
            }
            guard try await context.hub.calendarIsGone() else { return .held }
        }
        // Also after an approval: the new one may have been made before a crash.
        if let existing = try await findByName() {
            if context.run.isDryRun { return .calendar(existing) }
            try await context.hub.storeCalendar(existing, isShared: false)
            try await share(existing, isShared: false)
            return .calendar(existing)
        }
        if context.run.isDryRun { return .none }
        try context.checkMayGoOn()
        let created = try await context.google.insertCalendar(named: name, quotaUser: context.quotaUser, permit: context.lease.permit)
        context.log.notice("calendar created")
        try await context.hub.storeCalendar(created, isShared: false)
        try await share(created, isShared: false)
        return .calendar(created)
    }

    enum Found {
        case calendar(String)
        /// A dry run of an employee without calendar: the Google side is empty.
        case none
        /// The hub has ended the run.
        case held
    }

    private var name: String { "AW-\(context.run.employee)" }

    /// Of two with that name the one that holds our events; else the first of the list, which is the older one.
    private func findByName() async throws -> String? {
        let candidates = try await context.google.findCalendars(named: name, quotaUser: context.quotaUser)
        guard candidates.count > 1 else { return candidates.first }
        var best: (id: String, ours: Int)?
        for id in candidates {
            let events = try await context.google.events(calendar: id, syncToken: nil, timeMin: nil, quotaUser: context.quotaUser).events
            let ours = events.count { $0.tag?.kuerzel == context.run.employee && !$0.isCancelled }
            if ours > best?.ours ?? -1 { best = (id, ours) }
        }
        return best?.id
    }

    /// Shares the calendar with the owner account, if there is one and it is not done yet.
    private func share(_ calendar: String, isShared: Bool) async throws {
        guard let owner = context.ownerEmail, !isShared, !context.run.isDryRun else { return }
        if try await !context.google.isOwner(owner, of: calendar, quotaUser: context.quotaUser) {
            try context.checkMayGoOn()
            try await context.google.addOwner(owner, to: calendar, quotaUser: context.quotaUser, permit: context.lease.permit)
        }
        try await context.hub.storeCalendar(calendar, isShared: true)
    }
}
