extension [String: JSONValue] {
    /// The object without fields that are null, at any depth: to a PATCH a null says "remove", to a creation it says nothing.
    public var withoutNulls: [String: JSONValue] {
        filter { $0.value != .null }.mapValues { value in
            guard case .object(let fields) = value else { return value }
            return .object(fields.withoutNulls)
        }
    }
}
