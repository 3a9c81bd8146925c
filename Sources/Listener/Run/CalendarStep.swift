import GoogleCalendar

/// Step 1 of a run: the employee's calendar, found or made, and shared with the owner account.
struct CalendarStep {
    let context: RunContext

    enum Found {
        /// The calendar's id. `problem`: why it could not be shared, as a code; what else is to be done goes on all the same.
        case calendar(String, problem: String?)
        /// A dry run of an employee without calendar: the Google side is empty.
        case none
        /// The hub has ended the run: a person has to approve a new calendar first, or the employee is paused.
        case ended
    }

    func find() async throws -> Found {
        let order = context.run.calendar
        // Whether it is still there, its list of events tells.
        if let known = order.knownID { return try await share(known, order) }
        return try await findOrMake()
    }

    /// After the list of its events said 404 of the calendar. One that was not known before was there a moment ago: the next run sees.
    func replace(_ notFound: GoogleError) async throws -> Found {
        guard context.run.calendar.knownID != nil else { throw notFound }
        guard try await context.hub.calendarIsGone() else { return .ended }
        return try await findOrMake()
    }

    private func findOrMake() async throws -> Found {
        // Also after an approval: the new one may have been made before a crash.
        if let existing = try await findByName() { return try await adopt(existing) }
        if context.run.isDryRun { return .none }
        // Looking took its time.
        guard try await context.hub.beginCalendar(owner: context.ownerEmail) != nil else { return .ended }
        try context.checkMayGoOn()
        let created = try await create()
        context.log.notice("calendar created")
        return try await adopt(created)
    }

    /// Makes the calendar, unless Google refused lately to make any more.
    private func create() async throws -> String {
        guard try await context.hub.mayCreateCalendar() else {
            throw GoogleError(.calendarLimit, operation: "calendars.insert", detail: "not sent: Google refused lately")
        }
        do {
            return try await context.google.insertCalendar(named: name, quotaUser: context.quotaUser, permit: context.lease.permit)
        } catch  where error.code == .calendarLimit {
            try await context.hub.calendarRefused(retryAfter: error.retryAfter)
            throw error
        }
    }

    private var name: String { "AW-\(context.run.employee)" }

    /// Of two with that name the one that has our events; else the first of the list, which is the older one. One that we may only read
    /// is somebody else's.
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

    /// Makes the calendar the employee's own; sharing is recorded apart, so that it is finished next time if it comes to nothing now.
    private func adopt(_ calendar: String) async throws -> Found {
        if context.run.isDryRun { return .calendar(calendar, problem: nil) }
        try await context.hub.storeCalendar(calendar, sharedWith: nil)
        guard let order = try await context.hub.beginCalendar(owner: context.ownerEmail) else { return .ended }
        return try await share(calendar, order)
    }

    /// Shares the calendar with the owner account, if there is one and it is not done yet. Nobody else's right is taken away.
    private func share(_ calendar: String, _ order: CalendarOrder) async throws -> Found {
        guard order.isToBeShared, let owner = context.ownerEmail else { return .calendar(calendar, problem: nil) }
        do {
            if try await !context.google.isOwner(owner, of: calendar, quotaUser: context.quotaUser) {
                guard try await context.hub.beginCalendar(owner: owner) != nil else { return .ended }
                try context.checkMayGoOn()
                try await context.google.addOwner(owner, to: calendar, quotaUser: context.quotaUser, permit: context.lease.permit)
            }
        } catch let error as GoogleError {
            try context.checkMayGoOn()
            context.log.error("calendar could not be shared with the owner account", metadata: ["code": "\(error.hubCode)"])
            return .calendar(calendar, problem: "\(HubCode.calendarNotShared.rawValue): \(error.hubCode)")
        }
        try await context.hub.storeCalendar(calendar, sharedWith: owner)
        return .calendar(calendar, problem: nil)
    }
}
