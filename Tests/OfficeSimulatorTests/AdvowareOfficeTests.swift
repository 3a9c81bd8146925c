import JSON
import Testing

@testable import OfficeSimulator

struct AdvowareOfficeTests {
    private let now = Moment(rfc3339: "2026-10-23T12:18:36.245Z") ?? Moment(seconds: 0)

    private func office() -> AdvowareOffice {
        var office = AdvowareOffice()
        office.employees = [OfficeGenerator.employee(0), OfficeGenerator.employee(4)]
        return office
    }

    private func body(_ more: Fields = [:]) -> Fields {
        var body: Fields = [
            "datum": "2026-11-02", "uhrzeitVon": "09:00", "uhrzeitBis": "10:00:00", "text": "Termin", "sb": "SB", "anwalt": "SB",
        ]
        body.merge(more) { _, new in new }
        return body
    }

    @Test("Numbers grow and are never used again")
    func numbers() throws {
        var office = office()
        #expect(try office.create(body(), now: now) == 85_861)
        #expect(try office.create(body(), now: now) == 85_862)
        try office.delete(85_862)
        #expect(try office.create(body(), now: now) == 85_863)
        #expect(office.numbers == [85_861, 85_863])
    }

    @Test("PUT wipes what it does not name, unknown fields too")
    func replaces() throws {
        var office = office()
        let number = try office.create(body(["notiz": "Notiz", "referat": 4, "etwasNeues": "x"]), now: now)
        #expect(office.single(number)?["etwasNeues"] == "x")
        _ = try office.replace(body(["FRNR": .int(number), "ORT": "Saal 1"]), now: now)
        let stored = try #require(office.single(number))
        #expect(stored["notiz"] == "" && stored["referat"] == .null && stored["etwasNeues"] == nil && stored["ort"] == "Saal 1")
        #expect(stored["angelegtAm"] == "2026-10-23T14:18:36")
    }

    @Test("What is everybody's stands in each list, unless that is asked not to be so", arguments: ["ALLE", "Allgemein", "alle"])
    func everybodys(anwalt: String) throws {
        var office = office()
        let other = try #require(office.employees[1]["kuerzel"]?.stringValue)
        let number = try office.create(body(["sb": .string(other), "anwalt": .string(anwalt)]), now: now)
        func list(_ kuerzel: String, _ withEverybodys: Bool) throws -> [Int64?] {
            let (from, to) = (try #require(Stamp("2026-11-01T00:00:00")), try #require(Stamp("2026-11-30T00:00:00")))
            return office.list(kuerzel: kuerzel, from: from.wall, to: to.wall, withEverybodys: withEverybodys).map { $0["frNr"]?.intValue }
        }
        #expect(try list("SB", true) == [number] && list(other, true) == [number] && list("Allgemein", true) == [number])
        #expect(try list("SB", false) == [] && list(other, false) == [number])
        try office.change(number, ["anwalt": .string(other)], now: now)
        #expect(try list("SB", true) == [])
    }

    @Test("The change time is Berlin wall time with any number of digits")
    func changeTime() throws {
        var office = office()
        var digits: Set<Int> = []
        for _ in 0..<40 {
            let number = try office.create(body(), now: now)
            let text = try #require(office.single(number)?["zuletztGeaendertAm"]?.stringValue)
            #expect(text.hasPrefix("2026-10-23T14:18:36"))
            digits.insert(max(0, text.count - 20))
        }
        #expect(digits == Set(0...7))
    }

    @Test("uhrzeitBisTicks overrides uhrzeitBis")
    func ticks() throws {
        var office = office()
        let number = try office.create(body(["uhrzeitBisTicks": 432_000_000_000]), now: now)
        #expect(office.single(number)?["uhrzeitBis"] == "12:00:00")
    }

    @Test(
        "What Advoware cannot store is answered with 500",
        arguments: [
            ["datum": .null], ["datum": "2026-02-30"], ["datum": "morgen"], ["uhrzeitVon": "25:00"], ["text": 5], ["sb": "XX"],
            ["datumBis": "2026-11-01"],
            ["turnusArt": 9], ["frNr": -85_861], ["uhrzeitBisTicks": "viele"],
        ] as [Fields])
    func refuses(_ change: Fields) {
        var office = office()
        #expect { try office.create(body(change), now: now) } throws: { ($0 as? AdvowareRefusal)?.status == 500 }
        #expect(office.numbers.isEmpty)
    }

    @Test("A Termin is listed for sb and for anwalt, as long as its span touches the window")
    func lists() throws {
        var office = office()
        let series = try office.create(body(["datum": "2026-01-05", "datumBis": "2027-12-31", "turnus": 1, "turnusArt": 2]), now: now)
        let shared = try office.create(body(["anwalt": "ÄK"]), now: now)
        let past = try office.create(body(["datum": "2025-11-02"]), now: now)
        let from = try #require(Stamp("2026-10-01T00:00:00")).wall
        let to = try #require(Stamp("2030-12-31T23:59:59")).wall
        let listed = { (kuerzel: String) in office.list(kuerzel: kuerzel, from: from, to: to).compactMap { $0["frNr"]?.intValue } }
        #expect(listed("SB") == [series, shared] && listed("ÄK") == [shared] && listed("sb") == [])
        try office.change(shared, ["sb": "ÄK"], now: now)
        #expect(office.list(kuerzel: "SB", from: from, to: to).count == 1)
        #expect(office.single(past) != nil)
    }

    @Test("Derived Termine have the negative number and cannot be written")
    func derived() throws {
        var office = office()
        repeat { _ = try office.create(body(), now: now) } while office.highest % 3 != 0
        let number = office.highest
        #expect(office.single(-number) == nil)
        office.showsDerived = true
        #expect(office.single(-number)?["uhrzeitVon"] == "08:30:00" && office.single(-number)?["uhrzeitBis"] == "09:00:00")
        #expect { try office.delete(-number) } throws: { ($0 as? AdvowareRefusal)?.status == 500 }
        #expect { try office.replace(body(["frNr": .int(-number)]), now: now) } throws: { ($0 as? AdvowareRefusal)?.status == 500 }
        #expect(throws: AdvowareRefusal.self) { try office.delete(.min) }
        #expect(office.single(.min) == nil)
    }
}
