import Glibc
import Listener
import Logging
import Synchronization

/// Shows how far a request is: on a terminal a bar per phase that stays at the bottom, elsewhere a plain line now and then.
final class ProgressDisplay: Sendable {
    private struct State {
        /// What stands at the bottom of the terminal.
        var shown: [String] = []
    }

    /// Whether stdout is a terminal that can move its cursor.
    let isOnTerminal: Bool
    private let state = Mutex(State())

    init() {
        let kind = unsafe getenv("TERM").map { unsafe String(cString: $0) } ?? "dumb"
        isOnTerminal = isatty(STDOUT_FILENO) == 1 && kind != "dumb"
    }

    /// How often it is worth asking how far the request is.
    var interval: Duration { isOnTerminal ? .seconds(1) : .seconds(5) }

    /// Shows how far the request is now.
    func show(_ phases: [PhaseProgress]) {
        guard isOnTerminal else {
            let line = ProgressLines(phases, width: .max).plain
            if let line { print(line, to: .stdout) }
            return
        }
        let lines = ProgressLines(phases, width: Self.width).bars
        state.withLock { state in
            Self.erase(state.shown.count)
            for line in lines { print(line, to: .stdout) }
            state.shown = lines
        }
    }

    /// Lets something else be printed, above the bars.
    func aside(_ printing: () -> Void) {
        state.withLock { state in
            Self.erase(state.shown.count)
            printing()
            for line in state.shown { print(line, to: .stdout) }
        }
    }

    /// What is shown stays where it is; what is printed from now on stands below.
    func end() { state.withLock { $0.shown = [] } }

    private static func erase(_ lines: Int) {
        guard lines > 0 else { return }
        // Up that many lines, and away with all below.
        write("\u{1B}[\(lines)A\r\u{1B}[J", to: .stdout)
    }

    private static var width: Int {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}

/// What a request's progress looks like.
struct ProgressLines {
    private static let names = [1: "new in Advoware", 2: "new in Google", 3: "deleted", 4: "changed"]
    private let phases: [PhaseProgress]
    private let width: Int

    init(_ phases: [PhaseProgress], width: Int) {
        self.phases = phases
        self.width = width
    }

    /// A line per phase, and one for the employees; none longer than the terminal is wide.
    var bars: [String] {
        guard let any = phases.first, any.runs > 0 else { return [] }
        let employees = "\(any.runsEnded) of \(any.runs) employees"
        return (phases.map(bar) + [employees]).map { String($0.prefix(width - 1)) }
    }

    /// One line without any control character; nil: there is nothing to tell yet.
    var plain: String? {
        guard let any = phases.first, any.runs > 0 else { return nil }
        let parts = phases.filter { $0.expected > 0 }.map { "phase \($0.phase): \(counts($0))" }
        return (["\(any.runsEnded) of \(any.runs) employees"] + parts).joined(separator: "; ")
    }

    private func bar(_ phase: PhaseProgress) -> String {
        let name = "\(phase.phase) \(Self.names[phase.phase] ?? "")"
        let length = 24
        let isOver = phase.runsPlanned == phase.runs && phase.ended == phase.expected
        let filled = isOver ? length : phase.expected > 0 ? length * phase.ended / phase.expected : 0
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: length - filled)
        return name + String(repeating: " ", count: max(1, 18 - name.count)) + "[\(bar)] " + counts(phase)
    }

    private func counts(_ phase: PhaseProgress) -> String {
        var text = "\(phase.ended) of \(phase.runsPlanned < phase.runs && phase.expected > 0 ? "about " : "")\(phase.expected)"
        if phase.failed > 0 { text += " (\(phase.failed) failed, held or refused)" }
        if phase.ended > 0, let rate = phase.perSecond { text += ", \(rate < 10 ? "\(rate)" : "\(Int(rate))")/s" }
        if let left = phase.secondsLeft, left > 0 { text += ", \(Self.time(left)) left" }
        return text
    }

    private static func time(_ seconds: Int) -> String {
        seconds < 60
            ? "\(seconds) s" : seconds < 3_600 ? "\(seconds / 60) min \(seconds % 60) s" : "\(seconds / 3_600) h \(seconds / 60 % 60) min"
    }
}

/// Writes log lines above the bars that stand on the same terminal.
struct AsideLogHandler: LogHandler {
    private var base: any LogHandler
    private let display: ProgressDisplay

    init(_ base: any LogHandler, _ display: ProgressDisplay) {
        self.base = base
        self.display = display
    }

    var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue }
    }

    var logLevel: Logger.Level {
        get { base.logLevel }
        set { base.logLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) { display.aside { base.log(event: event) } }
}
