import CLibcurl

/// What must be known of a URL before it is used. Read by libcurl's own parser, so that what is checked is what is connected to.
struct Address: Sendable {
    let host: String
    let isLoopback: Bool
    let isEncrypted: Bool

    /// - Throws: ``HTTPError`` `invalidURL`, which never quotes the URL.
    init(checking url: String) throws(HTTPError) {
        guard url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Self.refusal("allowed: printable ASCII characters; percent-encode the others")
        }
        let parts = curl_url()
        defer { curl_url_cleanup(parts) }
        guard curl_url_set(parts, CURLUPART_URL, url, UInt32(CURLU_DISALLOW_USER)) == CURLUE_OK,
            let scheme = Self.part(CURLUPART_SCHEME, of: parts), let host = Self.part(CURLUPART_HOST, of: parts)
        else { throw Self.refusal("it does not parse; allowed: https://host/path without user and password") }
        self.host = host
        isLoopback = Self.isLoopback(host)
        isEncrypted = scheme == "https"
        guard isEncrypted || (scheme == "http" && isLoopback) else {
            throw Self.refusal("allowed: https, and http for a loopback host", host)
        }
    }

    /// `localhost`, which libcurl never looks up, 127.0.0.0/8 or ::1. A name that only begins like one is none.
    private static func isLoopback(_ host: String) -> Bool {
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return host.lowercased() == "localhost" || host == "[::1]" || (numbers.count == 4 && numbers[0] == 127 && !numbers.contains(nil))
    }

    private static func part(_ what: CURLUPart, of parts: OpaquePointer?) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(parts, what, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    private static func refusal(_ detail: String, _ host: String = "") -> HTTPError {
        HTTPError(.invalidURL, host: host, nothingWasSent: true, detail: detail)
    }
}

extension Transfer {
    /// A line break in a field would let a value add fields or a second request.
    ///
    /// - Throws: ``HTTPError`` `protocolError`, which names the field and never quotes its value.
    func checkHeaders() throws(HTTPError) {
        for (name, value) in request.headers {
            let separators = "\"(),/:;<=>?@[\\]{}".utf8
            guard !name.isEmpty, name.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !separators.contains($0) }) else {
                throw error(.protocolError, nothingWasSent: true, "a header field's name is not one; allowed: letters, digits, -, _")
            }
            guard value.utf8.allSatisfy({ $0 == 0x09 || (0x20...0x7E).contains($0) }) else {
                throw error(.protocolError, nothingWasSent: true, "header field \(name): only printable ASCII characters are allowed")
            }
        }
    }
}
