import CLibcurl

// What libcurl calls while a transfer runs, always on the loop's thread, with the exchange as context.

/// The connection is there, and nothing of the request has left.
func askPermit(
    _ context: UnsafeMutableRawPointer?, _ address: UnsafeMutablePointer<CChar>?, _ ownAddress: UnsafeMutablePointer<CChar>?,
    _ port: Int32, _ ownPort: Int32
) -> Int32 {
    exchange(context)?.isPermitted() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

/// Bytes of the body; anything but their number stops the transfer.
func takeBody(_ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    guard let exchange = exchange(context) else { return 0 }
    return exchange.take(body: UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}

/// One header line.
func takeHeader(_ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    guard let exchange = exchange(context) else { return 0 }
    return exchange.take(headerLine: UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}

/// Space for the next part of the request's body; 0 is its end. A server acts on whole requests only, so the permit counts until here.
func giveBody(_ space: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    guard let exchange = exchange(context), exchange.isPermitted() else { return Int(CURL_READFUNC_ABORT) }
    return exchange.fill(UnsafeMutableRawBufferPointer(start: space, count: size * count))
}

/// Back to the body's start, the only place that libcurl ever asks for.
func rewindBody(_ context: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32) -> Int32 {
    guard offset == 0, let exchange = exchange(context) else { return CURL_SEEKFUNC_FAIL }
    exchange.rewind()
    return CURL_SEEKFUNC_OK
}

private func exchange(_ context: UnsafeMutableRawPointer?) -> Exchange? {
    context.map { Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
}
