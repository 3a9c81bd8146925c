import Glibc
import Listener

/// The two streams of a program.
enum Stream {
    case stdout, stderr
}

/// Prints one line at once, so that progress is seen through a pipe, too.
func print(_ text: String, to stream: Stream) { write(text + "\n", to: stream) }

/// Writes a text as it is.
func write(_ text: String, to stream: Stream) {
    let file = stream == .stdout ? STDOUT_FILENO : STDERR_FILENO
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        // A reader that has gone away is no reason to fail: what is being done goes on without one.
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
    }
}

/// Says what went wrong and what to do about it.
func report(_ error: any Error) {
    print("error: \(Remedies.message(for: error))", to: .stderr)
    if let remedy = Remedies.text(for: error) { print("  → \(remedy)", to: .stderr) }
}

/// Runs a command's work and turns what it throws into a message and an exit status.
func withReports(_ work: () async throws -> CommandStatus) async throws {
    let status: CommandStatus
    do {
        status = try await work()
    } catch {
        report(error)
        status = CommandStatus(error)
    }
    if status != .good { throw status }
}

/// Lines up columns; numbers stand at their right edge.
func table(_ header: [String], _ rows: [[String]]) -> String {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    let lines = all.map { row in
        let cells = row.indices.map { column -> String in
            let padding = String(repeating: " ", count: widths[column] - row[column].count)
            let isNumber = rows.contains { Int($0[column]) != nil } && rows.allSatisfy { $0[column].isEmpty || Int($0[column]) != nil }
            return isNumber ? padding + row[column] : row[column] + padding
        }
        let line = cells.joined(separator: "  ")
        return String(line.reversed().drop { $0 == " " }.reversed())
    }
    return lines.joined(separator: "\n")
}
