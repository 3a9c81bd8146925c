import Advoware
import Appointments
import JSON
import Testing

/// An absence from 00:00 to 23:59 is of whole days, whatever `dauertermin` says (rules 8).
@Suite struct WholeDayAbsenceTests {
    private func absence(_ more: [String: JSONValue] = [:]) -> [String: JSONValue] {
        [
            "frNr": 85861, "datum": "2025-05-05T00:00:00", "UhrzeitVon": "00:00:00", "datumBis": "2025-05-05T23:59:00",
            "uhrzeitBis": "23:59:00", "dauertermin": 0, "Abwesenheit": 1, "turnus": 0, "turnusArt": 0, "text": "Urlaub",
        ].merging(more) { $1 }
    }

    private func wall(_ text: String) throws -> WallTime { try #require(MomentText(text)).wallTime }

    @Test(
        arguments: [
            (["dauertermin": 0], "2025-05-05"), (["dauertermin": 1], "2025-05-05"), (["dauertermin": .null], "2025-05-05"),
            (["uhrzeitBis": "23:59"], "2025-05-05"), (["uhrzeitBis": "23:59:59"], "2025-05-05"), (["Abwesenheit": true], "2025-05-05"),
            (["datumBis": "2025-05-09"], "2025-05-09"),
        ] as [([String: JSONValue], String)])
    func isOfWholeDays(_ more: [String: JSONValue], lastDay: String) throws {
        let read = try Termin(fields: absence(more)).appointment()
        #expect(read.isAllDay && read.start.date.description == "2025-05-05" && read.end.date.description == lastDay)
    }

    @Test(
        arguments: [
            ["Abwesenheit": 0], ["UhrzeitVon": "00:01"], ["uhrzeitBis": "23:58"], ["UhrzeitVon": .null], ["uhrzeitBis": .null],
        ] as [[String: JSONValue]])
    func otherwiseItHasATime(_ more: [String: JSONValue]) throws {
        #expect(try !Termin(fields: absence(more)).appointment().isAllDay)
    }

    @Test func itsFieldsGoBackAsTheyCame() throws {
        let read = Termin(fields: absence())
        var appointment = try read.appointment()
        #expect(read.replacing(with: appointment, timeOnly: false) == absence())
        appointment.text = "Kur"
        #expect(read.replacing(with: appointment, timeOnly: false) == absence(["text": "Kur"]))
    }

    @Test func onOtherDaysItStaysAnAbsenceAndReadsBack() throws {
        let read = Termin(fields: absence())
        var appointment = try read.appointment()
        (appointment.start, appointment.end) = (try wall("2025-05-06"), try wall("2025-05-08"))
        let body = read.replacing(with: appointment, timeOnly: false)
        #expect(body["Abwesenheit"] == 1 && body["dauertermin"] == 0)
        #expect(try Termin(fields: body).appointment() == appointment.canonical())
    }

    @Test(arguments: [("2025-05-05T09:00", "2025-05-05T12:00"), ("2025-05-05T00:00", "2025-05-05T23:59")])
    func withATimeOfItsOwnItIsNoAbsenceAnyMore(from: String, to: String) throws {
        let read = Termin(fields: absence())
        var appointment = try read.appointment()
        (appointment.isAllDay, appointment.start, appointment.end) = (false, try wall(from), try wall(to))
        let body = read.replacing(with: appointment, timeOnly: true)
        #expect(body["Abwesenheit"] == 0 && body["dauertermin"] == 0)
        #expect(try Termin(fields: body).appointment() == appointment.canonical())
    }

    @Test func anAbsenceOfHoursStaysOneUnlessItWouldLookLikeAWholeDay() throws {
        let read = Termin(fields: absence(["UhrzeitVon": "09:00", "uhrzeitBis": "12:00"]))
        var appointment = try read.appointment()
        appointment.end = try wall("2025-05-05T13:00")
        #expect(read.replacing(with: appointment, timeOnly: false)["Abwesenheit"] == 1)
        (appointment.start, appointment.end) = (try wall("2025-05-05T00:00"), try wall("2025-05-05T23:59"))
        let body = read.replacing(with: appointment, timeOnly: false)
        #expect(try body["Abwesenheit"] == 0 && Termin(fields: body).appointment() == appointment.canonical())
    }

    @Test func whatWeMakeOfWholeDaysHasDauertermin() throws {
        let body = Termin.new(try Termin(fields: absence()).appointment(), kuerzel: "SB")
        #expect(body["dauertermin"] == 1 && body["abwesenheit"] == nil)
    }
}
