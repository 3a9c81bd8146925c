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

    /// Reads both sides and has them stored and settled. False: the hub has ended the run instead.
    func readBoth() async throws -> Bool {
        let stored = try await store { order in
            async let advoware = readAdvoware(order)
            async let google = readGoogle(order)
            return try await (advoware, google)
        }
        guard let again = stored else { return false }
        guard again else { return true }
        return try await store { order in (.null, try await readGoogle(order)) } != nil
    }

    /// Reads Advoware again after Termine were written: the only way to learn what was stored, and when. False: the hub has ended the
    /// run instead.
    func readAdvowareAgain() async throws -> Bool {
        try await store { order in (try await readAdvoware(order), .null) } != nil
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
            if let planned = try await context.hub.dryRun(document(order, try await advoware, try await google)) { return planned }
        }
        throw RunFailure(code: .readingOvertaken)
    }

    /// - Returns: whether the hub wants Google read once more; nil: it has ended the run.
    private func store(_ read: (ReadingOrder) async throws -> (advoware: JSONValue, google: JSONValue)) async throws -> Bool? {
        for _ in 0..<Self.attempts {
            try context.checkMayGoOn()
            guard let order = try await context.hub.beginReading(keyPrefix: context.key.prefix) else { return nil }
            let sides = try await read(order)
            if try await context.hub.storeReading(document(order, sides.advoware, sides.google)) { return try await context.hub.settle() }
        }
        throw RunFailure(code: .readingOvertaken)
    }

    private func document(_ order: ReadingOrder, _ advoware: JSONValue, _ google: JSONValue) -> JSONValue {
        [
            "observed_at": .string(order.observedAt), "key_prefix": .string(context.key.prefix),
            "window_from": .string(order.windowFromText), "window_to": .string(order.windowToText), "advoware": advoware, "google": google,
        ]
    }

    // MARK: Advoware

    private func readAdvoware(_ order: ReadingOrder) async throws -> JSONValue {
        let context = context
        let from = Berlin.wallTime(of: Instant(microseconds: order.windowFrom))
        let to = Berlin.wallTime(of: Instant(microseconds: order.windowTo))
        let list = try await cancelWhenGracefulShutdown {
            try await context.advoware.termine(kuerzel: context.run.employee, from: from, to: to)
        }
        var entries: [JSONValue] = []
        for termin in list.termine {
            guard let frNr = termin.frNr else { continue }
            let observed = try context.observer.observe(termin, frNr)
            context.cache.remember(observed, frNr)
            entries.append(observed.entry)
        }
        return ["entries": .array(entries), "unidentifiable": .int(Int64(list.unidentifiable))]
    }

    // MARK: Google

    private func readGoogle(_ order: ReadingOrder) async throws -> JSONValue {
        guard let calendar else {
            return ["whole": true, "base_token": .null, "new_token": .null, "entries": [], "unidentifiable": 0]
        }
        let (list, isWhole) = try await listGoogle(calendar, order)
        context.cache.listedSpan = ListedSpan(
            from: Instant(microseconds: order.occurrencesFrom), to: Instant(microseconds: max(order.windowTo, order.expandTo)))
        let series = try await SeriesStep(context: context, calendar: calendar, order: order).entries(of: list.events)
        return [
            "whole": .bool(isWhole), "boundless": .bool(isWhole && order.googleFrom == nil),
            "base_token": order.googleToken.map { .string($0) } ?? .null,
            "new_token": list.nextSyncToken.map { .string($0) } ?? .null, "entries": .array(series.entries),
            "listed": .array(series.listed), "unidentifiable": .int(Int64(list.unidentifiable + series.unidentifiable)),
        ]
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
