import CLibcurl
import Synchronization

/// One request on its way, as the sending task sees it.
final class Transfer: Sendable {
    typealias Continuation = CheckedContinuation<HTTPResponse, any Error>

    let request: HTTPRequest
    let address: Address
    let configuration: CurlTransport.Configuration
    /// Set once, by the task's cancellation. It may come before the loop knows of the transfer, hence a flag and not only a message.
    let isCancelled = Atomic(false)

    init(request: HTTPRequest, address: Address, configuration: CurlTransport.Configuration) {
        self.request = request
        self.address = address
        self.configuration = configuration
    }

    func error(_ code: HTTPError.Code, nothingWasSent: Bool, _ detail: String = "") -> HTTPError {
        HTTPError(code, host: address.host, nothingWasSent: nothingWasSent, detail: detail)
    }
}

/// How tasks talk to the loop's thread: a locked list of messages and libcurl's own wake-up call.
final class Mailbox: Sendable {
    enum Message {
        case start(Transfer, Transfer.Continuation)
        case cancel(Transfer)
    }

    private struct State {
        var messages: [Message] = []
        var isStopped = false
    }

    let multi: MultiHandle
    private let state = Mutex(State())

    init(_ multi: MultiHandle) {
        self.multi = multi
    }

    func submit(_ transfer: Transfer, _ continuation: Transfer.Continuation) {
        let isAccepted = state.withLock { state in
            if !state.isStopped { state.messages.append(.start(transfer, continuation)) }
            return !state.isStopped
        }
        if isAccepted {
            multi.wakeUp()
        } else {
            continuation.resume(throwing: transfer.error(.cancelled, nothingWasSent: true, "the transport is shut down"))
        }
    }

    func cancel(_ transfer: Transfer) {
        transfer.isCancelled.store(true, ordering: .sequentiallyConsistent)
        state.withLock { state in
            if !state.isStopped { state.messages.append(.cancel(transfer)) }
        }
        multi.wakeUp()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        multi.wakeUp()
    }

    /// Everything that has come in, in order, and whether it was the last: after a stop nothing is started any more.
    func take() -> (messages: [Message], isStopped: Bool) {
        state.withLock { state in
            defer { state.messages = [] }
            return (state.messages, state.isStopped)
        }
    }
}
