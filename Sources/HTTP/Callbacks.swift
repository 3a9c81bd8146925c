import CLibcurl

// What libcurl calls while a transfer runs, always on the loop's thread, with the exchange as context.

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

/// Space for the next part of the request's body; 0 is its end.
func giveBody(_ space: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    exchange(context)?.fill(UnsafeMutableRawBufferPointer(start: space, count: size * count)) ?? 0
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
