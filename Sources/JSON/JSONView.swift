/// A value inside a document that is known to be JSON, read when it is asked for.
///
/// It keeps the whole document's bytes in memory.
public struct JSONView: Sendable {
    let document: [UInt8]
    /// Where its first byte is; 32 bits, because lists have thousands of them.
    private let start: UInt32

    init(_ document: [UInt8], _ start: Int) {
        self.document = document
        self.start = UInt32(truncatingIfNeeded: start)
    }

    /// A document of its own.
    public init(_ value: JSONValue) { self.init(value.bytes(), 0) }

    /// Checks a whole document.
    ///
    /// - Throws: ``JSONError`` as ``JSONValue/init(parsing:)`` does.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        let start = try Scanner.checking(bytes) { scanner throws(Malformed) in
            _ = try scanner.next(bytes.span)
            let start = scanner.place
            try scanner.skip(bytes.span)
            return start
        }
        self.init(bytes, start)
    }

    private var first: UInt8 { document[Int(start)] }
    var scanner: Scanner { Scanner(at: Int(start)) }

    /// Reads the value's bytes as they stand in the document.
    public func withBytes<Result>(_ read: (Span<UInt8>) -> Result) -> Result {
        var scanner = scanner
        try? scanner.skip(document.span)
        return read(document.span.extracting(Int(start)..<scanner.place))
    }

    /// The value, parsed.
    public var value: JSONValue {
        var scanner = scanner
        return (try? scanner.value(document.span)) ?? .null
    }

    /// The string, if this is one.
    public var stringValue: String? {
        guard first == UInt8(ascii: "\"") else { return nil }
        var scanner = scanner
        let span = document.span
        return (try? scanner.text(span)).flatMap { try? Scanner.string($0, span) }
    }

    /// The value, parsed, if this is neither object nor array.
    public var scalar: JSONValue? { isObject || isArray ? nil : value }

    /// The whole number; see ``JSONValue/intValue``.
    public var intValue: Int64? { scalar?.intValue }

    /// The truth value, if this is one.
    public var boolValue: Bool? { scalar?.boolValue }

    /// Whether this is `null`.
    public var isNull: Bool { first == UInt8(ascii: "n") }

    /// Whether this is an array.
    public var isArray: Bool { first == UInt8(ascii: "[") }

    /// Whether this is an object.
    public var isObject: Bool { first == UInt8(ascii: "{") }

    /// Whether this is an object that is not empty.
    public var hasFields: Bool {
        var scanner = Scanner(at: Int(start) + 1)
        return isObject && (try? scanner.next(document.span)) != UInt8(ascii: "}")
    }

    /// The elements, if this is an array.
    public var elements: [JSONView]? {
        guard isArray else { return nil }
        var scanner = scanner
        return try? JSONList.elements(&scanner, document)
    }

    /// The value of a field under exactly this spelling; nil if there is none or this is not an object. Walks over the whole object each
    /// time: ``JSONFields`` does so once.
    public subscript(key: String) -> JSONView? {
        guard isObject else { return nil }
        var found: JSONView?
        var scanner = scanner
        let bytes = document.span
        try? scanner.object(bytes) { scanner, name throws(Malformed) in
            let start = scanner.place
            try scanner.skip(bytes)
            if found == nil, try Scanner.string(name, bytes) == key { found = JSONView(document, start) }
        }
        return found
    }
}

/// The fields of an object in a document: where they are is found once, what they say is read when it is asked for.
public struct JSONFields: Sendable {
    /// Where a key and its value begin, in 12 bytes; the length of a key with escapes is not told.
    private struct Place {
        let key, value: UInt32
        let keyLength: UInt16?

        init(_ key: Scanner.Text, value: Int) {
            self.key = UInt32(truncatingIfNeeded: key.start)
            self.value = UInt32(truncatingIfNeeded: value)
            keyLength = key.hasEscapes ? nil : UInt16(exactly: key.end - key.start)
        }
    }

    /// The object.
    public let view: JSONView
    private let places: [Place]

    /// The fields of an object; none if it is anything else.
    public init(_ view: JSONView) {
        self.view = view
        places = view.isObject ? Self.places(view) : []
    }

    private static func places(_ view: JSONView) -> [Place] {
        var places: [Place] = []
        places.reserveCapacity(usual)
        let bytes = view.document.span
        var scanner = view.scanner
        try? scanner.object(bytes) { scanner, key throws(Malformed) in
            places.append(Place(key, value: scanner.place))
            try scanner.skip(bytes)
        }
        return places
    }

    /// How many fields an object of either system has.
    private static let usual = 28

    /// The value of a field under exactly this spelling.
    public subscript(key: String) -> JSONView? {
        let bytes = view.document.span
        for place in places where says(place, key, bytes) { return value(place) }
        return nil
    }

    /// The value of a field in whatever spelling, the first that is not null; of several spellings the one that sorts first.
    ///
    /// - Parameter letters: the field's name, ASCII letters only.
    public subscript(anySpelling letters: String) -> JSONView? {
        let bytes = view.document.span
        var found: Place?
        for place in places where says(place, letters, bytes, fold: 0x20) && !value(place).isNull {
            if let other = found, spelling(other) <= spelling(place) { continue }
            found = place
        }
        return found.map(value)
    }

    /// All of them, parsed.
    public var values: [String: JSONValue] { view.value.objectValue ?? [:] }

    private func value(_ place: Place) -> JSONView { JSONView(view.document, Int(place.value)) }

    /// The key.
    private func spelling(_ place: Place) -> String { JSONView(view.document, Int(place.key) - 1).stringValue ?? "" }

    /// - Parameter fold: the bits to disregard: 0x20 tells small letters from capital ones.
    private func says(_ place: Place, _ key: String, _ bytes: Span<UInt8>, fold: UInt8 = 0) -> Bool {
        guard let length = place.keyLength else {
            let spelling = spelling(place)
            return fold == 0 ? spelling == key : spelling.lowercased() == key.lowercased()
        }
        guard Int(length) == key.utf8.count else { return false }
        var index = Int(place.key)
        for byte in key.utf8 {
            guard bytes[index] | fold == byte | fold else { return false }
            index += 1
        }
        return true
    }
}

extension JSONFields: Hashable {
    /// By what they say.
    public static func == (left: JSONFields, right: JSONFields) -> Bool { left.values == right.values }
    /// By what they say.
    public func hash(into hasher: inout Hasher) { hasher.combine(values) }
}

/// A document with a list in it: kept as the bytes that came and the place of each element, so that a list of thousands need not be in
/// memory as values.
public struct JSONList: Sendable {
    /// The document as it came.
    public let bytes: [UInt8]
    /// The elements of the array that the document is, or that stands in the named field of its object; nil if there is none.
    public let elements: [JSONView]?
    /// The fields of the object around the list, the list itself left out.
    public let fields: [String: JSONValue]

    /// Checks the whole document.
    ///
    /// - Parameter field: where in the document's object the list stands; nil: the document is the list.
    /// - Throws: ``JSONError`` as ``JSONValue/init(parsing:)`` does.
    public init(parsing bytes: [UInt8], field: String? = nil) throws(JSONError) {
        self.bytes = bytes
        var elements: [JSONView]?
        var fields: [String: JSONValue] = [:]
        try Scanner.checking(bytes) { scanner throws(Malformed) in
            let span = bytes.span
            switch (try scanner.next(span), field) {
            case (UInt8(ascii: "["), nil): elements = try Self.elements(&scanner, bytes)
            case (UInt8(ascii: "{"), let field?):
                try scanner.object(span) { scanner, key throws(Malformed) in
                    let key = try Scanner.string(key, span)
                    if key == field, span[scanner.place] == UInt8(ascii: "[") {
                        let found = try Self.elements(&scanner, bytes)
                        elements = elements ?? found
                    } else {
                        let value = try scanner.value(span)
                        fields[key] = fields[key] ?? value
                    }
                }
            default: try scanner.skip(span)
            }
        }
        self.elements = elements
        self.fields = fields
    }

    fileprivate static func elements(_ scanner: inout Scanner, _ bytes: [UInt8]) throws(Malformed) -> [JSONView] {
        var elements: [JSONView] = []
        let span = bytes.span
        try scanner.array(span) { scanner throws(Malformed) in
            let start = scanner.place
            try scanner.skip(span)
            elements.append(JSONView(bytes, start))
        }
        return elements
    }
}

extension Scanner {
    /// Checks that a document is UTF-8 and one value, over which `walk` has to go.
    fileprivate static func checking<Result>(
        _ bytes: [UInt8], _ walk: (inout Scanner) throws(Malformed) -> Result
    ) throws(JSONError) -> Result {
        do throws(Malformed) {
            guard bytes.count <= UInt32.max, (try? UTF8Span(validating: bytes.span)) != nil else { throw Malformed() }
            var scanner = Scanner(at: bytes.startOfJSON)
            let result = try walk(&scanner)
            try scanner.end(bytes.span)
            return result
        } catch {
            throw JSONError(byteCount: bytes.count)
        }
    }
}
