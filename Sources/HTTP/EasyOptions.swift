import CLibcurl

/// Sets the options of one easy handle and remembers whether libcurl took them all.
struct EasyOptions {
    private let easy: UnsafeMutableRawPointer
    private(set) var areSet = true

    init(_ easy: UnsafeMutableRawPointer) {
        self.easy = easy
    }

    /// Everything that a transfer needs. The context is what the callbacks get; the header list must live as long as the handle.
    mutating func set(for transfer: Transfer, _ headerList: UnsafeMutablePointer<curl_slist>?, context: UnsafeMutableRawPointer) {
        setConnection(transfer)
        setMethod(transfer.request, context)
        check(shim_setopt_headers(easy, headerList))
        check(shim_setopt_prerequest(easy, askPermit))
        check(shim_setopt_callback(easy, CURLOPT_WRITEFUNCTION, takeBody))
        check(shim_setopt_callback(easy, CURLOPT_HEADERFUNCTION, takeHeader))
        check(shim_setopt_callback(easy, CURLOPT_READFUNCTION, giveBody))
        for option in [CURLOPT_PRIVATE, CURLOPT_PREREQDATA, CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_READDATA] {
            check(shim_setopt_pointer(easy, option, context))
        }
    }

    private mutating func setConnection(_ transfer: Transfer) {
        let isLoopback = transfer.address.isLoopback
        let total = transfer.request.timeout.milliseconds
        set(CURLOPT_URL, transfer.request.url)
        set(CURLOPT_PROTOCOLS_STR, isLoopback ? "http,https" : "https")
        // The proxy of the environment must not catch what stays on this machine.
        if isLoopback { set(CURLOPT_NOPROXY, "*") }
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        if let file = transfer.configuration.caFile { set(CURLOPT_CAINFO, file) }
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        // Wait until a handshake has shown whether the connection can be shared, rather than open another. Without TLS there is no handshake,
        // and all would wait for the first answer.
        if transfer.address.isEncrypted { set(CURLOPT_PIPEWAIT, 1) }
        set(CURLOPT_TCP_KEEPALIVE, 1)
        // A list of thousands comes in few pieces.
        set(CURLOPT_BUFFERSIZE, 64 << 10)
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_TIMEOUT_MS, total)
        set(CURLOPT_CONNECTTIMEOUT_MS, min(total, transfer.configuration.connectTimeout.milliseconds))
        set(CURLOPT_ACCEPT_ENCODING, "gzip")
        // Google packs its answers only for clients that name gzip here as well.
        set(CURLOPT_USERAGENT, "calendar-sync (gzip)")
        check(shim_do_not_wait_for_resolver(easy))
    }

    private mutating func setMethod(_ request: HTTPRequest, _ context: UnsafeMutableRawPointer) {
        let length = request.body?.count ?? 0
        if request.body != nil || request.method.expectsBody {
            // POST means to libcurl: with a body, which the read callback gives.
            set(CURLOPT_POST, 1)
            check(shim_setopt_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(length)))
        }
        if request.method != .get || request.body != nil { set(CURLOPT_CUSTOMREQUEST, request.method.rawValue) }
        // libcurl sends again by itself when a kept connection breaks before the first byte of the answer. For that it must rewind the body, so
        // a body that cannot be rewound is sent once; where there is nothing to rewind, a connection of its own does the same.
        if request.method.isRepeatable {
            check(shim_setopt_seek(easy, rewindBody))
            check(shim_setopt_pointer(easy, CURLOPT_SEEKDATA, context))
        } else if length == 0 {
            set(CURLOPT_FRESH_CONNECT, 1)
        }
    }

    /// The header fields as libcurl takes them; nil if it is out of memory. To be freed by the caller.
    static func headerList(_ request: HTTPRequest) -> UnsafeMutablePointer<curl_slist>? {
        // "Name:" takes out what libcurl would add by itself: a wait for 100-continue, and a content type that is not ours.
        var lines = ["Expect:"]
        if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) { lines.append("Content-Type:") }
        // "Name;" is libcurl's spelling of a field without value.
        lines += request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl_slist_append(list, line) else {
                curl_slist_free_all(list)
                return nil
            }
            list = longer
        }
        return list
    }

    private mutating func set(_ option: CURLoption, _ value: Int) {
        check(shim_setopt_long(easy, option, value))
    }

    private mutating func set(_ option: CURLoption, _ value: String) {
        check(shim_setopt_string(easy, option, value))
    }

    private mutating func check(_ code: CURLcode) {
        if code != CURLE_OK { areSet = false }
    }
}

extension HTTPMethod {
    fileprivate var expectsBody: Bool {
        self == .post || self == .put || self == .patch
    }
}
