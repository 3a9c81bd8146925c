import JSON
import Logging
import Synchronization
import Testing

@testable import Listener

@Suite("The JSON log")
struct LogTests {
    @Test("writes one object per line with message, level, time and metadata")
    func line() throws {
        let lines = Lines()
        var logger = Logger(label: "") { _ in JSONLogHandler { lines.append($0) } }
        logger[metadataKey: "employee"] = "MÜ"
        logger.warning("a \"quoted\"\nline", metadata: ["run": "7", "list": ["a", "b"]])
        let text = try #require(lines.all.first)
        #expect(!text.contains("\n"))
        let object = try JSONValue(parsing: text.utf8)
        #expect(object["message"] == "a \"quoted\"\nline")
        #expect(object["level"] == "warning")
        #expect(object["employee"] == "MÜ")
        #expect(object["run"] == "7")
        #expect(object["list"] == ["a", "b"])
        #expect(object["time"]?.stringValue?.hasSuffix("Z") == true)
    }

    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func append(_ line: String) { lines.withLock { $0.append(line) } }
    }
}
