import Foundation
import JSON
import Testing

/// Random documents, and what Foundation reads in them.
struct FoundationTests {
    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    /// Foundation's answer as a ``JSONValue``; nil: it refuses.
    private struct Read: Decodable {
        let value: JSONValue

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                value = .null
            } else if let bool = try? container.decode(Bool.self) {
                value = .bool(bool)
            } else if let text = try? container.decode(String.self) {
                value = .string(text)
            } else if let int = try? container.decode(Int64.self) {
                value = .int(int)
            } else if let double = try? container.decode(Double.self) {
                value = .double(double)
            } else if let elements = try? container.decode([Read].self) {
                value = .array(elements.map(\.value))
            } else {
                value = .object(try container.decode([String: Read].self).mapValues(\.value))
            }
        }
    }

    private func foundation(_ bytes: [UInt8]) -> JSONValue? { try? JSONDecoder().decode(Read.self, from: Data(bytes)).value }

    private static let pieces = [
        "", "a", "Müller", "\\u00e4", "\\n", "\\\"", "\\\\", "\\/", "\\ud83d\\ude00", "😀", "\\u0000", "e\u{301}", "\u{7f}", "\\b\\f\\r\\t",
        "./. ", "0123456789012345678901234567890123456789",
    ]
    private static let numbers = [
        "0", "-0", "7", "-12", "1.5", "2.0", "1e3", "1E+2", "-2.5e-3", "9223372036854775807", "-9223372036854775808", "1e300", "0.1",
        "100.00",
    ]
    private static let spaces = ["", "", "", " ", "\n", "\t\r\n  "]

    private func document(_ dice: inout Dice, depth: Int = 0) -> String {
        let space = Self.spaces.randomElement(using: &dice) ?? ""
        switch Int.random(in: 0..<(depth < 5 ? 8 : 5), using: &dice) {
        case 0: return space + (["null", "true", "false"].randomElement(using: &dice) ?? "") + space
        case 1, 2: return space + (Self.numbers.randomElement(using: &dice) ?? "") + space
        case 3, 4: return "\"" + (0..<3).map { _ in Self.pieces.randomElement(using: &dice) ?? "" }.joined() + "\"" + space
        case 5:
            return "[" + (0..<Int.random(in: 0..<5, using: &dice)).map { _ in document(&dice, depth: depth + 1) }.joined(separator: ",")
                + "]"
        default:
            let members = (0..<Int.random(in: 0..<5, using: &dice)).map { number in
                "\(space)\"\(number)\(Self.pieces.randomElement(using: &dice) ?? "")\"\(space):" + document(&dice, depth: depth + 1)
            }
            return "{" + members.joined(separator: ",") + space + "}"
        }
    }

    @Test func fiveThousandDocumentsAreReadAsFoundationReadsThem() throws {
        var dice = Dice(state: 0x1CE)
        for _ in 0..<5_000 {
            let text = document(&dice)
            let value = try JSONValue(parsing: text.utf8)
            #expect(value == foundation(Array(text.utf8)), "\(text)")
        }
    }

    @Test func whatIsBrokenIsRefusedAsFoundationRefusesIt() {
        var dice = Dice(state: 0xBAD)
        var (read, refused) = (0, 0)
        for _ in 0..<20_000 {
            var bytes = Array(document(&dice).utf8)
            guard !bytes.isEmpty else { continue }
            let place = Int.random(in: 0..<bytes.count, using: &dice)
            switch Int.random(in: 0..<4, using: &dice) {
            case 0: bytes.remove(at: place)
            case 1: bytes[place] = Array("[]{}\",:\\0e-. \u{1}".utf8).randomElement(using: &dice) ?? 0
            case 2: bytes[place] = .random(in: 0x80...0xFF, using: &dice)
            default: bytes.removeSubrange(place...)
            }
            let ours = try? JSONValue(parsing: bytes)
            let theirs = foundation(bytes)
            // Read as a whole or piece by piece, it is refused or says the same.
            let view = try? JSONView(parsing: bytes)
            #expect((view == nil) == (ours == nil) && view?.value == ours)
            (read, refused) = (read + (theirs == nil ? 0 : 1), refused + (theirs == nil ? 1 : 0))
            // What we read beyond it says something: half of a surrogate pair, or a number without bounds.
            if theirs == nil, ours != nil, isMendable(bytes) { continue }
            #expect((ours == nil) == (theirs == nil), "\(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(read > 1_000 && refused > 1_000)
    }

    private func isMendable(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        return text.contains("\\ud83d") || text.contains("\\ude00") || text.contains { $0 == "e" || $0 == "E" }
    }

    @Test func aListIsReadElementByElementAsTheWholeIs() throws {
        var dice = Dice(state: 0x115)
        for _ in 0..<2_000 {
            let elements = (0..<Int.random(in: 0..<6, using: &dice)).map { _ in document(&dice) }
            let text = "[\(elements.joined(separator: ","))]"
            let whole = try JSONValue(parsing: text.utf8)
            let page = "{\"kind\": \"x\", \"items\" :\(text), \"next\": [1]}"
            #expect(try JSONList(parsing: Array(text.utf8)).elements?.map(\.value) == whole.arrayValue)
            let list = try JSONList(parsing: Array(page.utf8), field: "items")
            #expect(list.elements?.map(\.value) == whole.arrayValue)
            #expect(list.fields == ["kind": "x", "next": [1]])
            for view in list.elements ?? [] {
                let value = view.value
                #expect(view.stringValue == value.stringValue && view.intValue == value.intValue && view.boolValue == value.boolValue)
                #expect(view.isNull == value.isNull && view.elements?.map(\.value) == value.arrayValue)
                let fields = JSONFields(view)
                #expect(fields.values == value.objectValue ?? [:])
                for (key, field) in value.objectValue ?? [:] {
                    #expect(fields[key]?.value == field && view[key]?.value == field)
                }
            }
        }
    }
}
