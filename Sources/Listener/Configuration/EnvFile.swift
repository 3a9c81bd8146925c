import Basics

/// Reads files of `KEY=VALUE` lines, as shells, Docker and systemd know them.
///
/// A line is empty, a comment (`#`), or `KEY=VALUE` with an optional `export` before it. A value without quotes ends at white space
/// followed by `#`; in single quotes everything is literal; in double quotes `\n`, `\t`, `\"`, `\\` and `\$` are escapes. Nothing is
/// expanded. Of a key given twice the last value holds.
public enum EnvFile {
    /// The variables of a file's text.
    ///
    /// - Throws: ``ConfigurationError`` naming every line that is none of the above, never its value.
    public static func parse(_ text: String) throws(ConfigurationError) -> [String: String] {
        var variables: [String: String] = [:]
        var problems: [ConfigurationError.Problem] = []
        let content = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
        for (index, line) in content.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let trimmed = line.trimmed
            if trimmed.isEmpty || trimmed.first == "#" { continue }
            do throws(LineError) {
                let (key, value) = try assignment(trimmed)
                variables[key] = value
            } catch {
                problems.append(.init(variable: "line \(index + 1)", value: nil, allowed: error.rawValue))
            }
        }
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        return variables
    }

    private enum LineError: String, Error {
        case noAssignment = "expected KEY=VALUE, a comment that begins with #, or an empty line"
        case badKey = "a name consists of letters, digits and _ and does not begin with a digit"
        case openQuote = "the closing quote is missing on this line"
        case textAfterQuote = "only a comment may follow the closing quote"
    }

    private static func assignment(_ line: Substring) throws(LineError) -> (String, String) {
        var rest = line
        if rest.hasPrefix("export"), let next = rest.dropFirst(6).first, next.isWhitespace { rest = rest.dropFirst(6).trimmed }
        guard let equals = rest.firstIndex(of: "=") else { throw .noAssignment }
        let key = rest[..<equals].trimmed
        guard let first = key.unicodeScalars.first, !("0"..."9").contains(first), key.unicodeScalars.allSatisfy(isNamePart) else {
            throw .badKey
        }
        return (String(key), try value(rest[rest.index(after: equals)...].trimmed))
    }

    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
    }

    private static func value(_ text: Substring) throws(LineError) -> String {
        guard let quote = text.first, quote == "\"" || quote == "'" else { return String(unquoted(text)) }
        var output = ""
        var rest = text.dropFirst()
        while let character = rest.popFirst() {
            if character == quote {
                let after = rest.trimmed
                guard after.isEmpty || after.first == "#" else { throw .textAfterQuote }
                return output
            }
            guard character == "\\", quote == "\"", let escaped = rest.popFirst() else {
                output.append(character)
                continue
            }
            switch escaped {
            case "n": output.append("\n")
            case "t": output.append("\t")
            case "\"", "\\", "$": output.append(escaped)
            default: output += "\\\(escaped)"
            }
        }
        throw .openQuote
    }

    /// A `#` inside a word belongs to the value: passwords have them.
    private static func unquoted(_ text: Substring) -> Substring {
        var previous: Character = " "
        for index in text.indices {
            if text[index] == "#", previous.isWhitespace { return text[..<index].trimmed }
            previous = text[index]
        }
        return text
    }
}
