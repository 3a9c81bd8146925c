import FoundationEssentials
import JSON
public import Logging

/// Writes each log line as one JSON object: `time` (UTC), `level`, `message`, and the metadata as fields of their own.
public struct JSONLogHandler: LogHandler {
    /// Fields of every line.
    public var metadata: Logger.Metadata = [:]
    /// From which level on lines are written.
    public var logLevel: Logger.Level = .info
    private let write: @Sendable (String) -> Void

    /// A handler.
    ///
    /// - Parameter write: takes one line without its end; called from any thread.
    public init(write: @escaping @Sendable (String) -> Void) { self.write = write }

    /// One field of every line.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line; fields of the event win over those of the handler.
    public func log(event: LogEvent) {
        var fields = metadata.merging(event.metadata ?? [:]) { _, line in line }.mapValues(Self.json)
        if let error = event.error { fields["error"] = .string("\(error)") }
        fields["time"] = .string(
            Date().formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted)))
        fields["level"] = .string(event.level.rawValue)
        fields["message"] = .string(event.message.description)
        write(JSONValue.object(fields).text)
    }

    private static func json(_ value: Logger.Metadata.Value) -> JSONValue {
        switch value {
        case .string(let text): .string(text)
        case .stringConvertible(let value): .string(value.description)
        case .dictionary(let fields): .object(fields.mapValues(json))
        case .array(let elements): .array(elements.map(json))
        @unknown default: .string("\(value)")
        }
    }
}
