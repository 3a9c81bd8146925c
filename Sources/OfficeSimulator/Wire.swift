import Foundation
import JSON

/// The systems that the simulator plays.
enum RemoteSystem: String, Sendable, CaseIterable { case advoware, google, login }

/// A request as it came, decoded once.
struct WireRequest: Sendable {
    var method: String
    /// Percent-decoded, with `/` inside a segment still told apart in ``segments``.
    var path: String
    var segments: [String]
    var query: [(name: String, value: String)]
    /// Names in lower case.
    var headers: [String: String]
    var body: [UInt8]

    /// - Parameter target: path and query as on the request line. `+` in a query is a space, as servers read it.
    init(method: String, target: String, headers: [String: String] = [:], body: [UInt8] = []) {
        self.method = method
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let rawPath = parts.first ?? ""
        segments = rawPath.split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
        path = rawPath.removingPercentEncoding ?? String(rawPath)
        query = Self.form(parts.count > 1 ? String(parts[1]) : "")
        self.headers = Dictionary(headers.map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
        self.body = body
    }

    /// `application/x-www-form-urlencoded`.
    static func form(_ text: String) -> [(name: String, value: String)] {
        text.split(separator: "&").map { pair in
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { part in
                    let spaced = part.replacing("+", with: " ")
                    return spaced.removingPercentEncoding ?? String(spaced)
                }
            return (halves.first ?? "", halves.count > 1 ? halves[1] : "")
        }
    }

    /// The value of a query parameter.
    func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

    var bearer: String? {
        guard let text = headers["authorization"], text.lowercased().hasPrefix("bearer ") else { return nil }
        return String(text.dropFirst(7))
    }

    /// The body as JSON; nil if it is empty or is none.
    var json: JSONValue? { body.isEmpty ? nil : try? JSONValue(parsing: body) }

    /// Path and decoded query, for `path_contains`.
    var target: String { query.isEmpty ? path : path + "?" + query.map { $0.name + "=" + $0.value }.joined(separator: "&") }
}

/// An answer, and how it goes over the wire.
struct WireAnswer: Sendable {
    enum Delivery: Sendable, Hashable {
        case whole
        /// The connection breaks after this many bytes of the body, fewer than `Content-Length` promised.
        case cutOff(after: Int)
        /// The connection breaks without a byte.
        case nothing
    }

    var status: Int
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    var delivery = Delivery.whole
    /// Seconds to wait before answering.
    var delay: Double = 0

    static func json(_ value: JSONValue, status: Int = 200, headers: [(name: String, value: String)] = []) -> WireAnswer {
        WireAnswer(status: status, headers: [("Content-Type", "application/json; charset=utf-8")] + headers, body: value.bytes())
    }

    static func text(_ text: String, status: Int, type: String = "text/plain; charset=utf-8") -> WireAnswer {
        WireAnswer(status: status, headers: [("Content-Type", type)], body: Array(text.utf8))
    }

    static func html(status: Int) -> WireAnswer {
        text(
            "<!DOCTYPE html>\r\n<html><head><title>Wartungsarbeiten</title></head><body><h1>Service Unavailable</h1>"
                + "<p>HTTP Error \(status). The service is unavailable.</p></body></html>\r\n", status: status,
            type: "text/html; charset=us-ascii")
    }

    static let broken = WireAnswer(status: 0, delivery: .nothing)
}
