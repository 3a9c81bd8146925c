import FoundationEssentials

/// Typed access to variables that collects every problem instead of stopping at the first.
///
/// An empty value counts as none, as systemd and Compose files often leave one.
struct Environment {
    let variables: [String: String]
    private(set) var problems: [ConfigurationError.Problem] = []

    init(_ variables: [String: String]) { self.variables = variables }

    func optional(_ name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    mutating func required(_ name: String, _ meaning: String) -> String {
        guard let value = optional(name) else {
            reject(name, nil, "is missing; expected \(meaning)")
            return ""
        }
        return value
    }

    mutating func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        guard let text = optional(name) else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            reject(name, text, "expected a whole number from \(range.lowerBound) to \(range.upperBound)")
            return fallback
        }
        return value
    }

    mutating func flag(_ name: String) -> Bool {
        guard let text = optional(name) else { return false }
        switch text.lowercased() {
        case "true", "1", "yes", "on": return true
        case "false", "0", "no", "off": return false
        default:
            reject(name, text, "expected true or false")
            return false
        }
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, default fallback: Choice) -> Choice
    where Choice.RawValue == String {
        guard let text = optional(name) else { return fallback }
        guard let value = Choice(rawValue: text.lowercased()) else {
            reject(name, text, "expected one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
            return fallback
        }
        return value
    }

    /// An address whose transport cannot be read by others: https, or http on this machine.
    mutating func address(_ name: String, default fallback: String) -> String {
        let text = optional(name) ?? fallback
        let parts = URLComponents(string: text)
        let host = parts?.host ?? ""
        let isLoopback = ["localhost", "127.0.0.1", "::1", "[::1]"].contains(host)
        if parts?.user != nil || parts?.password != nil {
            reject(name, nil, "must not contain a user or password")
        } else if host.isEmpty || !(parts?.scheme == "https" || (parts?.scheme == "http" && isLoopback)) {
            reject(name, text, "expected an https:// address (http:// only for localhost)")
        }
        return text
    }

    mutating func reject(_ name: String, _ value: String?, _ allowed: String) {
        problems.append(.init(variable: name, value: value, allowed: allowed))
    }
}
