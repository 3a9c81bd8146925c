import CLibcurl
import Glibc

/// Header fields of an answer, in their order; names are looked up in any case.
public struct HTTPHeaders: Sendable {
    /// The fields as they came.
    public var fields: [(name: String, value: String)]

    /// Header fields.
    public init(_ fields: [(name: String, value: String)] = []) {
        self.fields = fields
    }

    /// The first field of that name, in any case.
    public subscript(_ name: String) -> String? {
        let wanted = name.lowercased()
        return fields.first { $0.name.lowercased() == wanted }?.value
    }
}

extension HTTPHeaders: ExpressibleByDictionaryLiteral {
    /// `["ETag": "1"]`.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements.map { (name: $0.0, value: $0.1) })
    }
}

/// A whole answer, whatever its status: redirects are not followed, 4xx and 5xx are no errors at this level.
public struct HTTPResponse: Sendable {
    /// The status code, 200 to 599 from a sane server.
    public var status: Int
    /// The header fields of the final answer. `Content-Encoding` and `Content-Length` describe the body before it was unpacked.
    public var headers: HTTPHeaders
    /// The body, unpacked.
    public var body: [UInt8]

    /// An answer; also for fakes in tests.
    public init(status: Int, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header field of that name, in any case.
    public func header(_ name: String) -> String? {
        headers[name]
    }

    /// Whether the body begins like a page of HTML: a gateway's, and not an API's own answer.
    public var isHTML: Bool { body.first { $0 > 0x20 } == UInt8(ascii: "<") }

    /// When the server says that it answered (`Date`), in seconds since 1970; nil if it does not say so readably.
    public var answeredAt: Int? {
        guard let value = header("Date") else { return nil }
        let date = curl_getdate(value, nil)
        return date < 0 ? nil : date
    }

    /// How long the server asks to wait (`Retry-After`, in seconds or as a date); nil if it does not ask or the field cannot be read.
    public var retryAfter: Duration? {
        guard let value = header("Retry-After") else { return nil }
        if let seconds = UInt32(value) { return .seconds(Int(seconds)) }
        let date = curl_getdate(value, nil)
        return date < 0 ? nil : .seconds(max(0, date - time(nil)))
    }
}
