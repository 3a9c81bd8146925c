// What parsing answers with Foundation's decoder costs: microseconds of CPU for each entry. Compiled and run by ops/bench wire.
import Foundation

/// What the sync takes from a Termin.
struct Termin: Decodable {
    var frNr: Int64?
    var text, notiz, ort, datum, datumBis, uhrzeitVon, uhrzeitBis, sb, anwalt, zuletztGeaendertAm: String?
    var uhrzeitBisTicks, dauertermin, turnus, turnusArt, privat: Int64?
}

func cpu() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
}

let answers = try CommandLine.arguments.dropFirst().map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
var best = Double.infinity
for _ in 1...5 {
    var entries = 0
    let began = cpu()
    for answer in answers { entries += try JSONDecoder().decode([Termin].self, from: answer).count }
    best = min(best, (cpu() - began) / Double(entries))
}
print(best)
