/// Everything that is wrong with the configuration, at once. Secrets are never part of it.
public struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    /// One variable that will not do.
    public struct Problem: Sendable, Hashable, CustomStringConvertible {
        /// The variable, or where in a file.
        public let variable: String
        /// The value; nil if there is none or it is a secret.
        public let value: String?
        /// What would be allowed.
        public let allowed: String

        /// One sentence.
        public var description: String {
            value.map { "\(variable)=\"\($0)\": \(allowed)" } ?? "\(variable): \(allowed)"
        }
    }

    /// At least one problem.
    public let problems: [Problem]

    /// An error of several problems.
    public init(_ problems: [Problem]) { self.problems = problems }

    /// An error of one problem; `value` must not be a secret.
    public init(_ variable: String, value: String? = nil, allowed: String) {
        self.init([Problem(variable: variable, value: value, allowed: allowed)])
    }

    /// One line per problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
