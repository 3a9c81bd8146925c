import CLibcurl
import FoundationEssentials
import Glibc
import Synchronization

/// Sends requests with libcurl: one thread runs all transfers, connections are kept and used again, HTTP/2 where the server offers it.
///
/// - TLS certificates and host names are always verified. Plain http goes to loopback hosts only, and loopback ignores proxies.
/// - Redirects are not followed: a token must not wander to another host.
/// - libcurl repeats a request by itself when a kept connection turns out dead. Here it does so for GET only. What writes leaves at most once:
///   its body cannot be sent from the beginning again, and without one it gets a new connection, after which libcurl repeats nothing.
public final class CurlTransport: HTTPTransport {
    /// How a transport behaves.
    public struct Configuration: Sendable {
        /// How many connections go to one host at most; requests beyond wait, or share a connection with HTTP/2. At least 1.
        public var maximumHostConnections = 4
        /// The longest wait for a connection, TLS included; never more than the request's own time-out.
        public var connectTimeout: Duration = .seconds(10)
        /// The largest answer taken, in bytes, header fields included and unpacked.
        public var maximumResponseBytes = 64 << 20
        /// A PEM file with the authorities to trust instead of the system's; as it stands, what the environment names.
        public var caFile: String? = caFile(in: ProcessInfo.processInfo.environment)

        /// The defaults.
        public init() {}

        /// The file that an environment names, as curl reads it: `CURL_CA_BUNDLE`, else `SSL_CERT_FILE`, else nil.
        public static func caFile(in environment: [String: String]) -> String? {
            ["CURL_CA_BUNDLE", "SSL_CERT_FILE"].compactMap { environment[$0] }.first { !$0.isEmpty }
        }
    }

    private let configuration: Configuration
    private let mailbox: Mailbox
    private let thread: Mutex<pthread_t?>

    private init(_ configuration: Configuration, _ mailbox: Mailbox, _ thread: pthread_t) {
        self.configuration = configuration
        self.mailbox = mailbox
        self.thread = Mutex(thread)
    }

    deinit {
        mailbox.stop()
        if let thread = thread.withLock({ $0 }) { pthread_detach(thread) }
    }

    /// Starts a transport with a thread of its own.
    ///
    /// - Throws: ``HTTPError`` `protocolError` if libcurl or a thread cannot be had.
    public static func start(_ configuration: Configuration = Configuration()) throws(HTTPError) -> CurlTransport {
        guard globalInitialization == CURLE_OK, let multi = MultiHandle(maximumHostConnections: configuration.maximumHostConnections) else {
            throw HTTPError(.protocolError, host: "", nothingWasSent: true, detail: "libcurl could not be started")
        }
        shim_return_memory()
        let mailbox = Mailbox(multi)
        let context = Unmanaged.passRetained(mailbox)
        var thread = pthread_t()
        let failure = pthread_create(&thread, nil, runLoop, context.toOpaque())
        guard failure == 0 else {
            context.release()
            throw HTTPError(.protocolError, host: "", nothingWasSent: true, detail: "no thread for libcurl (error \(failure))")
        }
        return CurlTransport(configuration, mailbox, thread)
    }

    /// Gives up what is in flight (`cancelled`), closes all connections and waits for the thread to end, which takes milliseconds.
    /// Whatever is sent afterwards fails with `cancelled`. May be called again.
    public func shutdown() {
        mailbox.stop()
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let thread { pthread_join(thread, nil) }
    }

    /// Sends the request; see ``HTTPTransport``. Cancelling the task takes the transfer off the wire.
    ///
    /// - Throws: ``HTTPError``, whose `nothingWasSent` tells whether the request can have had an effect.
    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let transfer = Transfer(request: request, address: try Address(checking: request.url), configuration: configuration)
        try transfer.checkHeaders()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { mailbox.submit(transfer, $0) }
        } onCancel: {
            mailbox.cancel(transfer)
        }
    }
}

/// `curl_global_init` must come before everything else, once; a global constant is initialised exactly so.
private let globalInitialization = shim_global_init()

/// The thread's life. It takes over the reference to the mailbox.
private func runLoop(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let mailbox = Unmanaged<Mailbox>.fromOpaque(context).takeRetainedValue()
    // Signals belong to the program's other threads, and a broken pipe must be an error code here, not the end of the process.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, nil)
    let loop = CurlLoop(mailbox)
    loop.run()
    return nil
}
