import CLibcurl

extension HTTPError.Code {
    /// What libcurl's result code means.
    init(_ code: CURLcode) {
        self =
            switch code {
            case CURLE_URL_MALFORMAT: .invalidURL
            case CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT: .cannotConnect
            case CURLE_OPERATION_TIMEDOUT: .timedOut
            case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_SEND_FAIL_REWIND, CURLE_HTTP2,
                CURLE_HTTP2_STREAM:
                .connectionBroken
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
                CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ENGINE_INITFAILED:
                .tls
            case CURLE_FILESIZE_EXCEEDED: .tooLarge
            case CURLE_ABORTED_BY_CALLBACK: .cancelled
            default: .protocolError
            }
    }

    /// Whether this can happen before the first byte of a request is sent, so that it is worth asking whether one was. A time-out or a
    /// cancellation can: while looking up the host, connecting, or waiting for a free connection.
    var mayPrecedeSending: Bool {
        switch self {
        case .cannotConnect, .tls, .timedOut, .cancelled, .notPermitted, .invalidURL: true
        case .connectionBroken, .tooLarge, .protocolError: false
        }
    }
}

extension Duration {
    /// Whole milliseconds for libcurl: at least 1, because 0 means "for ever" there, and at most 24 days, all that fits.
    var milliseconds: Int {
        Int(max(1, min(Double(Int32.max), (self / .milliseconds(1)).rounded(.up))))
    }
}
