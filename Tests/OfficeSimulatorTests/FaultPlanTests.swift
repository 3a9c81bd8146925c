import JSON
import Testing

@testable import OfficeSimulator

struct FaultPlanTests {
    private let get = WireRequest(method: "GET", target: "/advoware/api/v1/advonet/Termine?kuerzel=SB")
    private let post = WireRequest(method: "POST", target: "/advoware/api/v1/advonet/Termine")

    private func struck(_ plan: inout FaultPlan, _ request: WireRequest, times: Int) -> [Bool] {
        (0..<times).map { _ in !plan.strikes(.advoware, request).faults.isEmpty }
    }

    @Test("nth strikes exactly the requests named, counting only those that fit")
    func nth() throws {
        var plan = FaultPlan(seed: 1)
        _ = try plan.add(["system": "advoware", "weakness": "error_500", "nth": [1, 3], "method": "POST"], random: nil)
        #expect(struck(&plan, get, times: 2) == [false, false])
        #expect(struck(&plan, post, times: 4) == [true, false, true, false])
    }

    @Test("times strikes so often and no more")
    func times() throws {
        var plan = FaultPlan(seed: 1)
        _ = try plan.add(["system": "advoware", "weakness": "error_500", "times": 2, "path_contains": "kuerzel=SB"], random: nil)
        #expect(struck(&plan, post, times: 1) == [false])
        #expect(struck(&plan, get, times: 4) == [true, true, false, false])
        #expect(plan.faults[0].struck == 2 && plan.faults[0].matched == 4)
    }

    @Test("Chance is the seed's: the same seed strikes the same requests")
    func chance() throws {
        let spec: JSONValue = ["system": "advoware", "weakness": "slow", "chance": 0.3]
        let runs = try [5, 5, 6].map { seed in
            var plan = FaultPlan(seed: UInt64(seed))
            _ = try plan.add(spec, random: nil)
            return struck(&plan, get, times: 300)
        }
        #expect(runs[0] == runs[1] && runs[0] != runs[2])
        #expect((60...120).contains(runs[0].count { $0 }))
    }

    @Test("A weakness strikes only requests that it means something for")
    func fits() throws {
        var plan = FaultPlan(seed: 1)
        _ = try plan.add(["system": "advoware", "weakness": "frnr_null", "always": true], random: nil)
        #expect(struck(&plan, get, times: 1) == [false])
        #expect(struck(&plan, post, times: 1) == [true])
    }

    @Test("Every weakness has a sentence and somewhere to strike")
    func sentences() {
        for weakness in Weakness.allCases {
            #expect(weakness.sentence.hasSuffix(".") || weakness.sentence.hasSuffix("exceeded."))
            #expect(!weakness.systems.isEmpty)
        }
    }
}
