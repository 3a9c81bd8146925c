import CLibcurl
import Synchronization

/// Owns libcurl's multi handle.
///
/// `@unchecked Sendable` is safe because other threads call ``wakeUp()`` only, which libcurl allows from any thread and the lock keeps apart
/// from ``close()``; everything else is done by the loop's thread, which closes the handle as its last act.
final class MultiHandle: @unchecked Sendable {
    /// For the loop's thread.
    let pointer: UnsafeMutableRawPointer
    private let isOpen = Mutex(true)

    /// Nil if libcurl is out of memory.
    init?(maximumHostConnections: Int) {
        guard let pointer = curl_multi_init() else { return nil }
        self.pointer = pointer
        // Without a bound libcurl opens a connection per request; the cache must hold what all hosts together keep open.
        let connections = max(1, min(maximumHostConnections, 1000))
        guard shim_multi_setopt_long(pointer, CURLMOPT_MAX_HOST_CONNECTIONS, connections) == CURLM_OK,
            shim_multi_setopt_long(pointer, CURLMOPT_MAXCONNECTS, connections * 4) == CURLM_OK
        else { return nil }
    }

    deinit {
        close()
    }

    func wakeUp() {
        isOpen.withLock { isOpen in
            if isOpen { curl_multi_wakeup(pointer) }
        }
    }

    /// Closes all connections. Only when no transfer is left.
    func close() {
        isOpen.withLock { isOpen in
            if isOpen { curl_multi_cleanup(pointer) }
            isOpen = false
        }
    }
}
