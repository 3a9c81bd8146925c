import JSON
import Testing

@testable import OfficeSimulator

struct OfficeGeneratorTests {
    private let now = Moment(rfc3339: "2026-10-23T12:00:00Z") ?? Moment(seconds: 0)

    @Test("The same seed makes the same office, another seed another")
    func deterministic() {
        let one = OfficeGenerator(seed: 1, now: now).office(employees: 3, termine: 30)
        let same = OfficeGenerator(seed: 1, now: now).office(employees: 3, termine: 30)
        let other = OfficeGenerator(seed: 2, now: now).office(employees: 3, termine: 30)
        #expect(one.termine == same.termine && one.termine != other.termine)
        #expect(one.numbers.count == 90)
    }

    @Test("An office has everything that makes mapping hard")
    func variety() throws {
        let office = OfficeGenerator(seed: 1, now: now).office(employees: 5, termine: 40)
        let all = office.numbers.compactMap { office.termine[$0] }
        #expect(office.employees.contains { $0["kuerzel"] == "ÄK" })
        for kind in 1...4 {
            #expect(all.contains { $0["turnusArt"]?.intValue == Int64(kind) && $0["dauertermin"] == 1 }, "turnusArt \(kind)")
        }
        #expect(all.contains { $0["datumBis"] == "2037-12-31" })
        #expect(all.contains { $0["privat"] == 1 })
        #expect(all.contains { $0["sb"] != $0["anwalt"] && $0["sb"] != "" && $0["anwalt"] != "" })
        #expect(all.contains { $0["dauertermin"] == 1 && $0["datum"] != $0["datumBis"] && $0["turnus"] == 0 })
        #expect(all.contains { $0["dauertermin"] == 0 && $0["datum"] != $0["datumBis"] })
        #expect(
            all.contains {
                $0["dauertermin"] == 0 && $0["abwesenheit"] == 1 && $0["uhrzeitVon"] == "00:00:00" && $0["uhrzeitBis"] == "23:59:00"
            })
        #expect(all.contains { $0["notiz"]?.stringValue?.contains("\r\n") == true })
        #expect(all.contains { $0["notiz"]?.stringValue?.unicodeScalars.contains { $0.value > 0xFFFF } == true })
        let today = now.wall(in: .berlin).day
        for fields in all {
            let day = try #require(fields["datum"]?.stringValue.flatMap(CivilDay.init(iso:)))
            #expect((-20...300).contains(day.number - today.number))
        }
    }

    @Test("The marker is in every text, note and place")
    func marker() {
        let office = OfficeGenerator(seed: 1, now: now, marker: "MARKER-xyz").office(employees: 2, termine: 20)
        for fields in office.termine.values {
            for name in ["text", "notiz", "ort"] { #expect(fields[name]?.stringValue?.hasSuffix("MARKER-xyz") == true) }
        }
    }
}
