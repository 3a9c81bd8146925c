import Postgres
import Testing

@Suite("Notifications", .timeLimit(.minutes(1)))
struct NotificationTests {
    /// A channel of its own for each test; with everything a name may contain.
    private func channel() -> String { "Käse \"\(UInt64.random(in: 0 ... .max))\"" }

    @Test("A notification arrives while the connection is idle")
    func idle() async throws {
        let (listener, sender, channel) = (try await TestServer.connect(), try await TestServer.connect(), channel())
        try await listener.listen(channel)
        for number in 0..<20 {
            _ = try await sender.query("SELECT pg_notify($1, $2)", [.text(channel), "Grüße \(number)"])
            let notification = try #require(await next(listener.notifications))
            #expect(notification.channel == channel)
            #expect(notification.payload == "Grüße \(number)")
            #expect(await notification.pid == sender.serverPID)
        }
    }

    @Test("A notification sent while a statement runs arrives with its end, without another statement")
    func busy() async throws {
        let (listener, sender, channel) = (try await TestServer.connect(), try await TestServer.connect(), channel())
        try await listener.listen(channel)
        async let sleeping = listener.query("SELECT pg_sleep(0.5)")
        _ = try await sender.query("SELECT pg_notify($1, 'while busy')", [.text(channel)])
        _ = try await sleeping
        #expect(await next(listener.notifications)?.payload == "while busy")
    }

    @Test("None is lost between many statements")
    func many() async throws {
        let (listener, channel) = (try await TestServer.connect(), channel())
        try await listener.listen(channel)
        try await withThrowingTaskGroup { group in
            for number in 0..<200 {
                group.addTask { _ = try await listener.query("SELECT pg_notify($1, $2)", [.text(channel), "\(number)"]) }
            }
            try await group.waitForAll()
        }
        await listener.close()
        var payloads: Set<String> = []
        for await notification in listener.notifications { payloads.insert(notification.payload) }
        #expect(payloads.count == 200)
    }

    @Test("The probe tells a lost subscription from a living one")
    func probe() async throws {
        let (listener, channel) = (try await TestServer.connect(), channel())
        #expect(try await !listener.isListening(on: channel))
        try await listener.listen(channel)
        #expect(try await listener.isListening(on: channel))
        _ = try await listener.query("UNLISTEN *")
        #expect(try await !listener.isListening(on: channel))
    }

    @Test("A channel without a name or with too long a name is refused", arguments: ["", String(repeating: "ä", count: 32)])
    func badChannel(name: String) async throws {
        let listener = try await TestServer.connect()
        #expect(try await failure { try await listener.listen(name) }.code == .invalidUse)
    }
}
