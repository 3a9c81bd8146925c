import Testing

@testable import Listener

@Suite("An environment file")
struct EnvFileTests {
    @Test("is read with comments, quotes, export and blank lines")
    func grammar() throws {
        let text = """
            # a comment
            A=1

            export B=two words
              C = spaced
            D='single # $literal \\n'
            E="double \\"quoted\\" # text" # comment
            F=value # comment
            G=pass#word
            H=
            I="line\\nfeed"\r
            A=last
            """
        let variables = try EnvFile.parse("\u{FEFF}" + text)
        #expect(
            variables == [
                "A": "last", "B": "two words", "C": "spaced", "D": "single # $literal \\n", "E": "double \"quoted\" # text", "F": "value",
                "G": "pass#word", "H": "", "I": "line\nfeed",
            ])
    }

    @Test(
        "names the line of what cannot be read and never its value",
        arguments: ["SECRET", "1A=SECRET", "A B=SECRET", "A=\"SECRET", "A='x' SECRET"])
    func refusal(line: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try EnvFile.parse("OK=1\n\(line)\n") }
        #expect(error.problems.map(\.variable) == ["line 2"])
        #expect(!error.description.contains("SECRET"))
    }
}
