import Advoware
import GoogleCalendar
import JSON
import Listener

/// Answers what the mapping makes of an entry of either system, so that tests in another language can judge it: a JSON object per line in,
/// one per line out.
///
/// - `{"event": …}`: `{"termin": …}`, the body of the POST, or `{"problem": …}`, the code of what keeps Advoware from representing it.
/// - `{"termin": …}`: `{"event": …}`, the body of the insert, or `{"problem": …}`.
///
/// `mapping-oracle codes` prints every code that the listener can write into the hub, one a line.
@main
enum MappingOracle {
    static func main() {
        if CommandLine.arguments.dropFirst() == ["codes"] { return print(HubCode.everythingWritten.joined(separator: "\n")) }
        while let line = readLine() {
            print(answer((try? JSONValue(parsing: line.utf8)) ?? .null).text)
        }
    }

    private static func answer(_ question: JSONValue) -> JSONValue {
        do {
            if let event = question["event"]?.objectValue {
                return ["termin": .object(Termin.new(try Event(fields: event).appointment(), kuerzel: "SB"))]
            }
            if let termin = question["termin"]?.objectValue {
                return ["event": .object(Event.fields(for: try Termin(fields: termin).appointment(), tag: nil, timeOnly: false))]
            }
            return ["problem": "neither event nor termin"]
        } catch EventProblem.seriesNotRepresentable(let obstacle) {
            return ["problem": .string(obstacle.rawValue)]
        } catch let problem as EventProblem {
            return ["problem": .string(problem.code)]
        } catch {
            return ["problem": .string("\(error)")]
        }
    }
}
