import CLibcurl

/// Runs all transfers of one transport. Made, used and dropped on the loop's thread.
final class CurlLoop {
    private let mailbox: Mailbox
    private let multi: MultiHandle
    private var exchanges: [ObjectIdentifier: Exchange] = [:]

    init(_ mailbox: Mailbox) {
        self.mailbox = mailbox
        multi = mailbox.multi
    }

    func run() {
        while true {
            let (messages, isStopped) = mailbox.take()
            for message in messages { handle(message) }
            if isStopped { break }
            var running: Int32 = 0
            check(curl_multi_perform(multi.pointer, &running))
            finishCompleted()
            endOverdue()
            // Sleeps until a socket moves, one of libcurl's own timers or our earliest deadline is due, or somebody wakes us.
            check(curl_multi_poll(multi.pointer, nil, 0, millisecondsToDeadline, nil))
        }
        for exchange in exchanges.values { giveUp(exchange, .cancelled, "the transport was shut down") }
        multi.close()
    }

    private func handle(_ message: Mailbox.Message) {
        switch message {
        case .start(let transfer, let continuation):
            guard !transfer.isCancelled.load(ordering: .sequentiallyConsistent) else {
                continuation.resume(throwing: transfer.error(.cancelled, nothingWasSent: true, "before it was sent"))
                return
            }
            guard let exchange = Exchange(transfer, continuation), curl_multi_add_handle(multi.pointer, exchange.easy) == CURLM_OK else {
                continuation.resume(throwing: transfer.error(.protocolError, nothingWasSent: true, "libcurl refused the request"))
                return
            }
            exchanges[ObjectIdentifier(transfer)] = exchange
        case .cancel(let transfer):
            // Unknown is a transfer that has not begun (its flag tells it) or has ended (nothing left to do).
            if let exchange = exchanges[ObjectIdentifier(transfer)] { giveUp(exchange, .cancelled, "") }
        }
    }

    private func finishCompleted() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi.pointer, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let exchange = Exchange.of(message.pointee.easy_handle) else { continue }
            end(exchange, exchange.outcome(message.pointee.data.result))
        }
    }

    /// libcurl's own time-out comes first where it has one; the grace lets it.
    private static let grace = Duration.milliseconds(50)

    private func endOverdue() {
        let limit = ContinuousClock.now - Self.grace
        for exchange in exchanges.values where exchange.deadline <= limit { giveUp(exchange, .timedOut, "no connection was free in time") }
    }

    private var millisecondsToDeadline: Int32 {
        guard let earliest = exchanges.values.map(\.deadline).min() else { return 60_000 }
        return Int32(clamping: min(60_000, max(1, (earliest + Self.grace - .now).milliseconds + 1)))
    }

    /// A failure of the multi handle itself (out of memory) concerns every transfer.
    private func check(_ code: CURLMcode) {
        guard code != CURLM_OK else { return }
        for exchange in exchanges.values { giveUp(exchange, .connectionBroken, String(cString: curl_multi_strerror(code))) }
    }

    private func giveUp(_ exchange: Exchange, _ code: HTTPError.Code, _ detail: String) {
        end(exchange, .failure(exchange.error(code, detail)))
    }

    /// The one place where a transfer that has begun ends: its continuation is resumed here and nowhere else, once, because only what is still
    /// in the table gets past the guard.
    private func end(_ exchange: Exchange, _ outcome: Result<HTTPResponse, HTTPError>) {
        guard exchanges.removeValue(forKey: ObjectIdentifier(exchange.transfer)) != nil else { return }
        curl_multi_remove_handle(multi.pointer, exchange.easy)
        exchange.continuation.resume(with: outcome.mapError { $0 as any Error })
    }
}
