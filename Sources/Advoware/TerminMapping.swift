public import Appointments
public import JSON

/// Why a Termin cannot be understood; it then counts as present and unusable.
public enum TerminProblem: String, Error, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// `datum` is missing or no date (allowed: `YYYY-MM-DD`, also with a time, from 1900 to 2999).
    case noDate = "termin_without_date"

    /// The code that the hub records.
    public var code: String { rawValue }
    /// A sentence without content.
    public var description: String { "Termin without a usable datum (allowed: YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, 1900 to 2999)" }
}

extension Termin {
    /// The standard appointment in canonical form.
    ///
    /// Fallbacks: no usable `uhrzeitVon`: the time that `datum` carries, else 09:00. No usable `uhrzeitBis`: 10:00, and
    /// without `datumBis` one hour after the start; the time that `datumBis` carries differs from answer to answer and
    /// means nothing. A `datumBis` before `datum` counts as missing; a series without one has one
    /// occurrence. An end that is not after the start is one hour after it. An absence from 00:00 to 23:59 is of whole days.
    ///
    /// - Throws: ``TerminProblem`` if there is no usable `datum`.
    public func appointment() throws(TerminProblem) -> Appointment {
        guard let first = date(of: .datum), first.date.isPlausible else { throw .noDate }
        let last = date(of: .datumBis).flatMap { $0.date >= first.date ? $0 : nil }
        let start = WallTime(date: first.date, time: time(of: .uhrzeitVon) ?? first.time ?? Self.defaultStart)
        let endTime = time(of: .uhrzeitBis)
        var appointment = Appointment(
            start: start, end: start, text: rawText(of: .text), note: rawText(of: .notiz), place: rawText(of: .ort),
            isPrivate: number(of: .privat) == 1)
        if let frequency = number(of: .turnusArt).flatMap(Recurrence.Frequency.init(turnusArt:)), let turnus = number(of: .turnus),
            turnus > 0
        {
            let until = last?.date ?? first.date
            appointment.end = WallTime(date: first.date, time: endTime ?? Self.defaultEnd)
            appointment.recurrence = Recurrence(
                frequency: frequency, interval: Int(clamping: turnus), until: until.year >= Recurrence.endlessYear ? nil : until)
        } else {
            appointment.isAllDay = number(of: .dauertermin) == 1 || isAbsenceOfWholeDays
            if let last, last.date.isPlausible {
                appointment.end = WallTime(date: last.date, time: endTime ?? Self.defaultEnd)
            } else if let endTime {
                appointment.end = WallTime(date: first.date, time: endTime)
            }
        }
        return appointment.canonical()
    }

    /// The body of a POST that creates an appointment for an employee.
    public static func new(_ appointment: Appointment, kuerzel: String) -> [String: JSONValue] {
        let appointment = appointment.canonical()
        var body: [String: JSONValue] = [:]
        for (field, value) in appointment.terminTimes + appointment.terminTexts { body[field.rawValue] = value }
        body[TerminField.vorbereitungsDauer.rawValue] = "00:00:00"
        body[TerminField.sb.rawValue] = .string(kuerzel)
        body[TerminField.anwalt.rawValue] = .string(kuerzel)
        return body
    }

    /// The body of a PUT, which replaces the whole Termin: every field as it was read, with ours changed under the spelling read and without
    /// `uhrzeitBisTicks`. `sb` and `anwalt` stay.
    ///
    /// An absence stays one while it is of whole days; with a time of its own it is none any more, or phones would show a whole day.
    ///
    /// What already says the same canonically is sent back as it was read, so that a change of the time does not cut a long note. Where the
    /// ticks were the only end, `uhrzeitBis` says what was understood instead: without either the Termin would have none.
    ///
    /// - Parameter timeOnly: leaves text, note and place alone.
    public func replacing(with appointment: Appointment, timeOnly: Bool) -> [String: JSONValue] {
        let wanted = appointment.canonical()
        let current = try? self.appointment()
        var body = fields
        for spelling in Self.spellings(of: .uhrzeitBisTicks, in: body) { body[spelling] = nil }
        let currentTimes = current?.terminTimes ?? []
        if !wanted.terminTimes.elementsEqual(currentTimes, by: ==) {
            set(wanted.terminTimes + absence(of: wanted), in: &body)
        } else if value(of: .uhrzeitBisTicks) != nil, time(of: .uhrzeitBis) == nil {
            set(wanted.terminTimes.filter { $0.0 == .uhrzeitBis }, in: &body)
        }
        if !timeOnly {
            let currentTexts = current?.terminTexts ?? []
            set(wanted.terminTexts.filter { text in !currentTexts.contains { $0 == text } }, in: &body)
        }
        return body
    }

    private static let defaultStart = TimeOfDay(secondOfDay: 9 * 3_600)
    private static let defaultEnd = TimeOfDay(secondOfDay: 10 * 3_600)

    /// `abwesenheit` and `dauertermin` of an absence that gets another time, where they would contradict it.
    private func absence(of wanted: Appointment) -> [(TerminField, JSONValue)] {
        guard number(of: .abwesenheit) == 1, wanted.recurrence == nil else { return [] }
        guard !wanted.isAllDay else {
            return isAbsenceOfWholeDays ? [(.dauertermin, value(of: .dauertermin)?.value ?? 0)] : []
        }
        let saysWholeDays = wanted.start.time == .midnight && wanted.end.time == .lastMinute
        return isAbsenceOfWholeDays || saysWholeDays ? [(.abwesenheit, 0)] : []
    }

    /// Whether `abwesenheit` makes it one of whole days, whatever `dauertermin` says: so Advoware's own phones and holidays write them.
    private var isAbsenceOfWholeDays: Bool {
        number(of: .abwesenheit) == 1 && time(of: .uhrzeitVon) == .midnight
            && time(of: .uhrzeitBis).map { $0.secondOfDay / 60 == 1_439 } ?? false
    }

    private func set(_ values: [(TerminField, JSONValue)], in body: inout [String: JSONValue]) {
        for (field, value) in values {
            let spellings = Self.spellings(of: field, in: body)
            for spelling in spellings.isEmpty ? [field.rawValue] : spellings { body[spelling] = value }
        }
    }

    /// A date, and the time it carries unless that is midnight, which is how a date without a time looks here.
    private func date(of field: TerminField) -> (date: LocalDate, time: TimeOfDay?)? {
        let text = text(of: field)
        // A date with an unreadable time behind it is still a date.
        guard let moment = MomentText(text) ?? MomentText(String(text.prefix(10))) else { return nil }
        return (moment.date, moment.time == .midnight ? nil : moment.time)
    }

    /// A time of day, also where it is written with a date before it.
    private func time(of field: TerminField) -> TimeOfDay? {
        let text = text(of: field)
        return TimeOfDay(text: text) ?? MomentText(text)?.time
    }

    private func rawText(of field: TerminField) -> String {
        value(of: field)?.stringValue ?? text(of: field)
    }
}

extension Appointment {
    /// The time fields of a Termin. `datum` and `datumBis` carry the times too, for an Advoware that takes them from there.
    fileprivate var terminTimes: [(TerminField, JSONValue)] {
        let from = isAllDay ? TimeOfDay.midnight : start.time
        let to = isAllDay ? TimeOfDay.lastMinute : end.time
        var lastDate = end.date
        if let recurrence { lastDate = recurrence.until ?? max(start.date, Recurrence.endlessDate) }
        return [
            (.datum, .string(WallTime(date: start.date, time: from).description)),
            (.uhrzeitVon, .string(from.description)),
            (.datumBis, .string(WallTime(date: lastDate, time: to).description)),
            (.uhrzeitBis, .string(to.description)),
            (.dauertermin, isAllDay || recurrence != nil ? 1 : 0),
            (.turnus, .int(Int64(recurrence?.interval ?? 0))),
            (.turnusArt, .int(recurrence?.frequency.turnusArt ?? 0)),
        ]
    }

    fileprivate var terminTexts: [(TerminField, JSONValue)] {
        [(.text, .string(text)), (.notiz, .string(note)), (.ort, .string(place))]
    }
}

extension Recurrence {
    /// The `datumBis` of a series without end.
    fileprivate static let endlessDate = LocalDate(dayNumber: 24_836)  // 2037-12-31
}

extension Recurrence.Frequency {
    fileprivate init?(turnusArt: Int64) {
        switch turnusArt {
        case 1: self = .daily
        case 2: self = .weekly
        case 3: self = .monthly
        case 4: self = .yearly
        default: return nil
        }
    }

    fileprivate var turnusArt: Int64 {
        switch self {
        case .daily: 1
        case .weekly: 2
        case .monthly: 3
        case .yearly: 4
        }
    }
}
