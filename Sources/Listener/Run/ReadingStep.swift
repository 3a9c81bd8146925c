import Advoware
import Appointments
import GoogleCalendar
import JSON
import ServiceLifecycle

/// Step 2 of a run: reads the sides and hands what was seen to the hub, entries and token together.
struct ReadingStep {
    let context: RunContext
    /// nil: a dry run without calendar, whose Google side is empty.
    let calendar: String?

    /// How often a reading is begun before somebody else must be changing the same token all the time.
    private static let attempts = 3

    /// Reads both sides and has them stored and settled. False: the run has ended, because nothing is to be done or the hub says so.
    ///
    /// - Parameters:
    ///   - first: what to read, as it was said with the claim; nil: the hub is asked.
    ///   - problem: what went wrong already: the code with which the run ends.
    func readBoth(_ first: ReadingOrder?, problem: String?) async throws -> Bool {
        var first = first
        for _ in 0..<Self.attempts {
            try context.checkMayGoOn()
            guard let order = try await next(&first) else { return false }
            async let advoware = readAdvoware(order)
            async let google = readGoogle(order)
            switch try await context.hub.takeReading(head(order), await advoware, await google, errorCode: problem) {
            case .overtaken: continue
            case .ended(let status):
                context.log.info("run ended", metadata: ["status": "\(status)"])
                return false
            case .stored: return try await context.hub.settle() ? try await readGoogleAgain() : true
            case .settled(let again): return again ? try await readGoogleAgain() : true
            }
        }
        throw RunFailure(code: .readingOvertaken)
    }

    private func readGoogleAgain() async throws -> Bool { try await store { order in (nil, try await readGoogle(order)) } != nil }

    /// Reads Advoware again after Termine were written: the only way to learn what was stored, and when. False: the hub has ended the
    /// run instead.
    func readAdvowareAgain() async throws -> Bool {
        try await store { order in (try await readAdvoware(order), nil) } != nil
    }

    /// Reads both sides for a dry run and has them planned; stores nothing but the plan.
    ///
    /// - Returns: how many rows the plan has; nil: the hub has ended the run instead.
    func planOnly() async throws -> Int? {
        for _ in 0..<Self.attempts {
            try context.checkMayGoOn()
            guard let order = try await context.hub.beginReading(keyPrefix: context.key.prefix) else { return nil }
            async let advoware = readAdvoware(order)
            async let google = readGoogle(order)
            if let planned = try await context.hub.dryRun(head(order), try await advoware, try await google) { return planned }
        }
        throw RunFailure(code: .readingOvertaken)
    }

    /// - Returns: whether the hub wants Google read once more; nil: it has ended the run.
    private func store(_ read: (ReadingOrder) async throws -> (advoware: JSONText?, google: JSONText?)) async throws -> Bool? {
        for _ in 0..<Self.attempts {
            try context.checkMayGoOn()
            guard let order = try await context.hub.beginReading(keyPrefix: context.key.prefix) else { return nil }
            let sides = try await read(order)
            if try await context.hub.storeReading(head(order), sides.advoware, sides.google) { return try await context.hub.settle() }
        }
        throw RunFailure(code: .readingOvertaken)
    }

    /// What to read; nil: the hub has ended the run instead.
    private func next(_ first: inout ReadingOrder?) async throws -> ReadingOrder? {
        defer { first = nil }
        if let first { return first }
        return try await context.hub.beginReading(keyPrefix: context.key.prefix)
    }

    /// What a reading says beside its sides.
    private func head(_ order: ReadingOrder) -> JSONText {
        var head = JSONText.object()
        head.add("observed_at", order.observedAt)
        head.add("key_prefix", context.key.prefix)
        head.add("window_from", order.windowFromText)
        head.add("window_to", order.windowToText)
        return head
    }

    // MARK: Advoware

    private func readAdvoware(_ order: ReadingOrder) async throws -> JSONText {
        let context = context
        let from = Berlin.wallTime(of: Instant(microseconds: order.windowFrom))
        let to = Berlin.wallTime(of: Instant(microseconds: order.windowTo))
        let list = try await cancelWhenGracefulShutdown {
            try await context.advoware.termine(kuerzel: context.run.employee, from: from, to: to) { answer in
                guard let known = order.advowareDigest, context.observer.digest(of: answer) == known else { return false }
                context.cache.keep(answer)
                return true
            }
        }
        guard let list else {
            var side = JSONText.object()
            side.add("digest", order.advowareDigest)
            return side
        }
        return try await side(of: list)
    }

    /// Of the Termine of a list those that the hub knows exactly so by their number, the others as they are.
    private func side(of list: TerminList) async throws -> JSONText {
        let digests = list.entries.map { context.observer.digest(of: $0.view) }
        let unknown = try await context.hub.unknownTermine(
            zip(list.entries, digests).compactMap { one, digest in digest.map { (one.frNr, $0) } })
        // Reserved beforehand, so that a long one is not moved while it grows.
        var side = JSONText.object(capacity: Observer.usualLength * unknown.count)
        side.add("digest", context.observer.digest(of: list.answer))
        side.add("unidentifiable", Int64(list.unidentifiable))
        if let answeredAt = list.answeredAt, let changedAt = context.cache.takeLastWrite(in: list) {
            var clock = JSONText.object()
            clock.add("changed_at", changedAt.description)
            clock.add("answered_at", answeredAt.description)
            side.add("clock", clock)
        }
        var unchanged = JSONText.array()
        for (one, digest) in zip(list.entries, digests) {
            context.cache.remember(one.view, one.frNr)
            if digest != nil, !unknown.contains(one.frNr) { unchanged.append(one.frNr) }
        }
        side.add("unchanged", unchanged)
        side.openArray("entries")
        for (one, digest) in zip(list.entries, digests) where digest == nil || unknown.contains(one.frNr) {
            side.append(try context.observer.observe(one.termin, one.frNr, digest: digest).entry)
        }
        return side
    }

    // MARK: Google

    private func readGoogle(_ order: ReadingOrder) async throws -> JSONText {
        var side = JSONText.object()
        guard let calendar else {
            side.add("whole", true)
            side.add("unidentifiable", 0)
            side.add("entries", JSONText.array())
            return side
        }
        let (list, isWhole) = try await listGoogle(calendar, order)
        context.cache.listedSpan = ListedSpan(
            from: Instant(microseconds: order.occurrencesFrom), to: Instant(microseconds: max(order.windowTo, order.expandTo)))
        let series = try await SeriesStep(context: context, calendar: calendar, order: order, isWhole: isWhole).entries(of: list.events)
        side.add("whole", isWhole)
        side.add("boundless", isWhole && order.googleFrom == nil)
        side.add("base_token", order.googleToken)
        side.add("new_token", list.nextSyncToken)
        side.add("unidentifiable", Int64(list.unidentifiable + series.unidentifiable))
        side.add("listed", series.listed)
        side.add("entries", series.entries)
        return side
    }

    private func listGoogle(_ calendar: String, _ order: ReadingOrder) async throws -> (list: EventList, isWhole: Bool) {
        let context = context
        return try await cancelWhenGracefulShutdown {
            if let token = order.googleToken {
                do {
                    let changes = try await context.google.events(
                        calendar: calendar, syncToken: token, timeMin: nil, quotaUser: context.quotaUser)
                    return (changes, false)
                } catch let error as GoogleError where error.code == .gone {
                    context.log.notice("sync token has expired, listing the whole calendar")
                }
            }
            let from = order.googleFrom.map { Instant(microseconds: $0) }
            return (try await context.google.events(calendar: calendar, syncToken: nil, timeMin: from, quotaUser: context.quotaUser), true)
        }
    }
}
