import Basics
import CLibcurl

/// One transfer that libcurl knows: owns the easy handle and collects the answer. Lives on the loop's thread.
final class Exchange {
    let transfer: Transfer
    let continuation: Transfer.Continuation
    let easy: UnsafeMutableRawPointer
    /// libcurl keeps this itself, but not for a transfer that still waits for a connection of its host.
    let deadline: ContinuousClock.Instant
    private let headerList: UnsafeMutablePointer<curl_slist>?
    private var sent = 0
    private var received = 0
    private var isTooLarge = false
    private var isForbidden = false
    private var headers: [(name: String, value: String)] = []
    private var body: [UInt8] = []

    /// Nil if libcurl is out of memory or does not know an option.
    init?(_ transfer: Transfer, _ continuation: Transfer.Continuation) {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        self.transfer = transfer
        self.continuation = continuation
        deadline = .now + .milliseconds(max(1, transfer.request.timeout.milliseconds))
        headerList = EasyOptions.headerList(transfer.request)
        var options = EasyOptions(easy)
        options.set(for: transfer, headerList, context: Unmanaged.passUnretained(self).toOpaque())
        guard options.areSet, headerList != nil else { return nil }
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
    }

    /// The exchange that owns this handle. The table of the loop keeps it alive as long as libcurl has the handle.
    static func of(_ easy: UnsafeMutableRawPointer?) -> Exchange? {
        var context: UnsafeMutableRawPointer?
        guard shim_getinfo_pointer(easy, CURLINFO_PRIVATE, &context) == CURLE_OK, let context else { return nil }
        return Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
    }

    // MARK: What comes in and goes out

    func take(body bytes: UnsafeRawBufferPointer) -> Bool {
        guard isWithinBound(bytes.count) else { return false }
        // A long answer is not moved again and again while it grows. What it says of its length may be wrong, and is bounded.
        if body.isEmpty, let length = HTTPHeaders(headers)["Content-Length"].flatMap(Int.init), length > bytes.count {
            body.reserveCapacity(min(length, transfer.configuration.maximumResponseBytes))
        }
        body.append(contentsOf: bytes)
        return true
    }

    func take(headerLine bytes: UnsafeRawBufferPointer) -> Bool {
        guard isWithinBound(bytes.count) else { return false }
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            // An interim answer (100, 103) came before: only the last one's fields count.
            headers = []
        } else if let colon = line.firstIndex(of: ":") {
            headers.append((String(line[..<colon]), String(line[line.index(after: colon)...].trimmed)))
        }
        return true
    }

    /// Once refused stays refused: what is told as not permitted must not go on by half.
    func isPermitted() -> Bool {
        isForbidden = isForbidden || transfer.request.permit?() == false
        return !isForbidden
    }

    func fill(_ space: UnsafeMutableRawBufferPointer) -> Int {
        guard let body = transfer.request.body else { return 0 }
        let part = body[sent...].prefix(space.count)
        space.copyBytes(from: part)
        sent += part.count
        return part.count
    }

    func rewind() {
        sent = 0
    }

    private func isWithinBound(_ count: Int) -> Bool {
        received += count
        isTooLarge = received > transfer.configuration.maximumResponseBytes
        return !isTooLarge
    }

    // MARK: The end

    /// What libcurl's result means to the sender.
    func outcome(_ code: CURLcode) -> Result<HTTPResponse, HTTPError> {
        guard code == CURLE_OK else {
            if isForbidden { return .failure(error(.notPermitted, "")) }
            return .failure(error(isTooLarge ? .tooLarge : HTTPError.Code(code), String(cString: curl_easy_strerror(code))))
        }
        return .success(HTTPResponse(status: information(CURLINFO_RESPONSE_CODE), headers: HTTPHeaders(headers), body: body))
    }

    func error(_ code: HTTPError.Code, _ detail: String) -> HTTPError {
        // libcurl adds up the bytes of all its tries: on a kept connection that broke, an earlier one may have reached the server.
        let isCertain = code.mayPrecedeSending && information(CURLINFO_REQUEST_SIZE) == 0
        return transfer.error(code, nothingWasSent: isCertain, detail)
    }

    private func information(_ info: CURLINFO) -> Int {
        var value = -1
        return shim_getinfo_long(easy, info, &value) == CURLE_OK ? value : -1
    }
}
