import CLibpq
import Synchronization

/// The one owner of a `PGconn`. All of it runs on the connection's own thread.
///
/// A handle without a `PGconn` is a closed one; libpq's functions accept NULL and do nothing.
struct Handle: ~Copyable {
    private var raw: OpaquePointer?
    /// Keeps the context of libpq's notice receiver alive as long as `raw`.
    private let notices: NoticeReceiver

    private init(adopting raw: OpaquePointer?, notices: NoticeReceiver) {
        self.raw = raw
        self.notices = notices
    }

    deinit { PQfinish(raw) }

    /// A closed handle.
    static func closed(notices: NoticeReceiver) -> Handle { Handle(adopting: nil, notices: notices) }

    /// Begins to connect; goes on with `pollConnection`. Looks names up, which may block.
    static func connecting(_ parameters: [(name: String, value: String)], notices: NoticeReceiver) -> Handle {
        let names = CStrings(parameters.map { Array($0.name.utf8) } + [nil])
        let values = CStrings(parameters.map { Array($0.value.utf8) } + [nil])
        let raw = names.withPointers { names in values.withPointers { values in PQconnectStartParams(names, values, 0) } }
        // Verbose, because that is the only way to learn the SQLSTATE of a refused login.
        PQsetErrorVerbosity(raw, PQERRORS_VERBOSE)
        PQsetNoticeReceiver(
            raw, { context, result in context.map { Unmanaged<NoticeReceiver>.fromOpaque($0).takeUnretainedValue().receive(result) } },
            Unmanaged.passUnretained(notices).toOpaque())
        return Handle(adopting: raw, notices: notices)
    }

    var isOpen: Bool { raw != nil }
    var isBroken: Bool { PQstatus(raw) == CONNECTION_BAD }
    var socket: Int32 { PQsocket(raw) }
    /// libpq's last message; after a refused login it contains the SQLSTATE.
    var message: String { PQerrorMessage(raw).map { String(cString: $0) } ?? "" }
    /// The process id of the server process.
    var serverPID: Int32 { PQbackendPID(raw) }

    func pollConnection() -> PostgresPollingStatusType { PQconnectPoll(raw) }

    /// From now on nothing waits for the network inside libpq.
    func becomeNonBlocking() -> Bool { PQsetnonblocking(raw, 1) == 0 }

    mutating func finish() {
        PQfinish(raw)
        raw = nil
    }

    /// Hands one statement to libpq; `flush` sends it.
    func send(_ sql: String, _ parameters: [PostgresValue]) -> Bool {
        let types = parameters.map(\.typeID)
        let long = parameters.map(\.longText)
        let bytes = parameters.map { $0.longText == nil ? $0.bytes : nil }
        // libpq looks at the lengths of binary values alone.
        let lengths = bytes.map { Int32(clamping: $0?.count ?? 0) }
        let formats = parameters.map { Int32($0.isBinary ? 1 : 0) }
        return CStrings(bytes, long: long).withPointers { values in
            PQsendQueryParams(raw, sql, Int32(clamping: parameters.count), types, values, lengths, formats, 0) == 1
        }
    }

    /// True when everything is sent; a failure shows when reading.
    func flush() -> Bool { PQflush(raw) != 1 }

    /// Reads what is there. False: the connection is lost.
    func consumeInput() -> Bool { PQconsumeInput(raw) == 1 }

    var isBusy: Bool { PQisBusy(raw) == 1 }

    /// The next result of the statement; nil: it is finished. Only when not busy.
    func nextResult() -> QueryResult? { PQgetResult(raw).map { QueryResult(adopting: $0) } }

    /// Takes one notification libpq has parsed.
    func nextNotification() -> PostgresNotification? {
        guard let notification = PQnotifies(raw) else { return nil }
        defer { PQfreemem(notification) }
        return PostgresNotification(
            channel: String(cString: notification.pointee.relname), payload: String(cString: notification.pointee.extra),
            pid: notification.pointee.be_pid)
    }

    /// Asks the server to stop the running statement. Blocks until the server has passed the signal on, so that it cannot hit the next one.
    func cancelStatement() {
        let cancel = PQgetCancel(raw)
        var reason = [CChar](repeating: 0, count: 256)
        // If it fails, the connection is lost or the statement just ends; either shows in what follows.
        _ = PQcancel(cancel, &reason, Int32(reason.count))
        PQfreeCancel(cancel)
    }
}

/// Byte strings in one piece of memory, each followed by a zero. Long texts stay where they are.
struct CStrings {
    private var storage: [CChar] = []
    private var offsets: [Int?] = []
    private let long: [(index: Int, text: String)]

    /// - Parameter long: a text in place of the byte string at the same index.
    init(_ strings: [[UInt8]?], long: [String?] = []) {
        self.long = long.enumerated().compactMap { index, text in text.map { (index, $0) } }
        for string in strings {
            offsets.append(string == nil ? nil : storage.count)
            if let string { storage += string.map { CChar(bitPattern: $0) } + [0] }
        }
    }

    /// The pointers are good inside `body` only.
    func withPointers<Result>(_ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result) -> Result {
        storage.withUnsafeBufferPointer { storage in
            let pointers = offsets.map { offset in offset.flatMap { offset in storage.baseAddress.map { $0 + offset } } }
            return Self.withPointers(pointers, long[...], body)
        }
    }

    private static func withPointers<Result>(
        _ pointers: [UnsafePointer<CChar>?], _ long: ArraySlice<(index: Int, text: String)>,
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
    ) -> Result {
        guard let (index, text) = long.first else { return pointers.withUnsafeBufferPointer { body($0.baseAddress) } }
        return text.withCString { pointer in
            var pointers = pointers
            pointers[index] = pointer
            return withPointers(pointers, long.dropFirst(), body)
        }
    }
}
