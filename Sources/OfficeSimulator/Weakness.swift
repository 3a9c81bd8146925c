import JSON

/// Everything that can be switched on to go wrong. The raw value is the name in the control API.
enum Weakness: String, Sendable, CaseIterable {
    // Both
    case slow
    case htmlPage = "html_page"
    case htmlPageAfterActing = "html_page_after_acting"
    case cutOff = "cut_off"
    case cutOffConnection = "cut_off_connection"
    case connectionCutBefore = "connection_cut_before"
    case connectionCutAfter = "connection_cut_after"
    case actsLate = "acts_late"
    case error500 = "error_500"
    case error500AfterActing = "error_500_after_acting"
    case emptyBody = "empty_body"
    case notFound = "not_found"
    case textTrimmed = "text_trimmed"
    case textCut = "text_cut"
    case lineEndsChanged = "line_ends_changed"
    case emojiLost = "emoji_lost"
    // Advoware
    case fieldCase = "field_case"
    case dateFormats = "date_formats"
    case missingTimes = "missing_times"
    case unreadableTimestamp = "unreadable_timestamp"
    case utcClock = "utc_clock"
    case noDate = "no_date"
    case loneSurrogate = "lone_surrogate"
    case frnrNull = "frnr_null"
    case tokenDiesEarly = "token_dies_early"
    case derivedTermine = "derived_termine"
    case everybodyUnlisted = "everybody_unlisted"
    case wrongEmptyList = "wrong_empty_list"
    case shortList = "short_list"
    case nullSingle = "null_single"
    case absentShapes = "absent_shapes"
    case singleDiffers = "single_differs"
    case entryWithoutNumber = "entry_without_number"
    // Google
    case unauthorized
    case rateLimit403 = "rate_limit_403"
    case userRateLimit403 = "user_rate_limit_403"
    case quota403 = "quota_403"
    case forbidden403 = "forbidden_403"
    case insufficientPermissions403 = "insufficient_permissions_403"
    case invalid400 = "invalid_400"
    case conflict
    case gone410 = "gone_410"
    case precondition412 = "precondition_412"
    case tooMany429 = "too_many_429"
    case error503 = "error_503"
    case connectionCut = "connection_cut"
    case shortPages = "short_pages"
    case emptyPages = "empty_pages"
    case bareTombstones = "bare_tombstones"
    case calendarLimit = "calendar_limit"
    case itemWithoutID = "item_without_id"
    case noSyncToken = "no_sync_token"
    case zoneAlias = "zone_alias"
    // Logins
    case wrongPassword = "wrong_password"
    case notLicensed = "not_licensed"
    case notRegistered = "not_registered"
    case notSignedIn = "not_signed_in"
    case invalidGrant = "invalid_grant"
    case shortToken = "short_token"
    case noExpiry = "no_expiry"
    case expiryInUTC = "expiry_in_utc"

    private static let everywhere: Set<RemoteSystem> = [.advoware, .google, .login]

    /// Where it can be switched on.
    var systems: Set<RemoteSystem> {
        switch self {
        case .slow, .htmlPage, .htmlPageAfterActing, .cutOff, .cutOffConnection, .connectionCutBefore, .connectionCutAfter, .actsLate,
            .error500,
            .error500AfterActing, .emptyBody, .connectionCut, .error503:
            Self.everywhere
        case .notFound, .textTrimmed, .textCut, .lineEndsChanged, .emojiLost: [.advoware, .google]
        case .fieldCase, .dateFormats, .missingTimes, .unreadableTimestamp, .utcClock, .noDate, .loneSurrogate, .frnrNull, .tokenDiesEarly,
            .derivedTermine,
            .everybodyUnlisted, .wrongEmptyList,
            .shortList, .nullSingle, .absentShapes, .singleDiffers, .entryWithoutNumber:
            [.advoware]
        case .unauthorized, .rateLimit403, .userRateLimit403, .quota403, .forbidden403, .insufficientPermissions403, .invalid400, .conflict,
            .gone410, .precondition412, .tooMany429, .shortPages, .emptyPages, .bareTombstones, .calendarLimit, .itemWithoutID,
            .noSyncToken, .zoneAlias:
            [.google]
        case .wrongPassword, .notLicensed, .notRegistered, .notSignedIn, .invalidGrant, .shortToken, .noExpiry, .expiryInUTC: [.login]
        }
    }

    /// One sentence for whoever asks.
    var sentence: String {
        switch self {
        case .slow: "The request is acted on at once, the answer waits `seconds` (default 2)."
        case .htmlPage: "An HTML error page (`status`, default 503) instead of acting."
        case .htmlPageAfterActing: "Acts, then answers with an HTML page (`status`, default 200)."
        case .cutOff: "Acts; the body ends in its middle, the HTTP framing is whole."
        case .cutOffConnection: "Acts; the connection breaks in the middle of the body."
        case .connectionCutBefore: "The connection breaks without a byte, nothing was done."
        case .connectionCutAfter: "The connection breaks without a byte, but the request was acted on."
        case .actsLate: "The connection breaks without a byte, and the request is acted on `seconds` (default 2) later."
        case .connectionCut: "The connection breaks without a byte, nothing was done (the same as connection_cut_before)."
        case .error500: "500 (or `status`) without acting."
        case .error500AfterActing: "500 (or `status`), but the request was acted on."
        case .emptyBody: "Acts; the answer has no body."
        case .fieldCase: "Field names come in another case: frNr, frnr, FrNr, FRNR, per answer and per field."
        case .dateFormats: "Dates as YYYY-MM-DD, with T00:00:00, with a fraction or a Z; times as HH:MM."
        case .missingTimes:
            "In Termine whose frNr is divisible by 5 a time is missing, null or empty; of some that lack uhrzeitBis the ticks are left."
        case .unreadableTimestamp: "zuletztGeaendertAm is missing, null, empty or no time at all, in every other Termin."
        case .utcClock: "zuletztGeaendertAm is UTC and not Berlin time."
        case .noDate: "Answers have no Date header."
        case .loneSurrogate: "Texts end in the middle of an emoji: with half a surrogate pair, written as \\ud83d."
        case .frnrNull: "POST creates the Termin and answers {\"frNr\": null}."
        case .tokenDiesEarly: "401, and every Advoware token handed out so far is dead."
        case .derivedTermine: "Lists also hold preparation Termine (negative frNr) of every third Termin; nobody can change them."
        case .everybodyUnlisted: "An employee's list lacks Termine for everybody (anwalt ALLE or Allgemein), unless sb is that employee."
        case .wrongEmptyList: "A list comes back as [] although there are entries."
        case .shortList: "A list lacks every other entry, although it exists."
        case .nullSingle: "A single Termin is answered with null although it exists."
        case .absentShapes: "A Termin that does not exist is answered with null, an empty body or 404, by its number."
        case .singleDiffers: "A single Termin says another text than the list does."
        case .textTrimmed: "What is written is stored trimmed, with plain line feeds."
        case .textCut: "What is written is stored with text, note and place cut at 20 characters."
        case .entryWithoutNumber: "A list holds one more entry, without a frNr."
        case .unauthorized: "401, and every Google token handed out so far is dead."
        case .rateLimit403: "403 rateLimitExceeded, nothing was done."
        case .userRateLimit403: "403 userRateLimitExceeded, nothing was done."
        case .quota403: "403 quotaExceeded, nothing was done."
        case .forbidden403: "403 forbidden, nothing was done."
        case .insufficientPermissions403: "403 insufficientPermissions, nothing was done."
        case .invalid400: "400 invalid, nothing was done."
        case .notFound: "404, nothing was done."
        case .conflict: "409 duplicate to an insert that would have succeeded, nothing was done."
        case .gone410: "410: a sync token is dead and the calendar's tombstones are no longer listed; a DELETE finds the event deleted."
        case .precondition412: "412 conditionNotMet to a request with If-Match, nothing was done."
        case .tooMany429:
            "429 rateLimitExceeded with Retry-After (`retry_after`, default 1; `retry_after_date`: as a date), nothing was done."
        case .error503: "503 backendError (with `retry_after`, if given; so do the 403s of limits) without acting."
        case .shortPages: "Pages of at most two entries, whatever maxResults says."
        case .emptyPages: "Every other page is empty and has a nextPageToken."
        case .bareTombstones: "Cancelled entries carry nothing but id and status, occurrences too."
        case .calendarLimit: "calendars.insert: 403 quotaExceeded, Calendar usage limits exceeded."
        case .lineEndsChanged: "Written line ends are stored as the other kind (CRLF and LF)."
        case .emojiLost: "Written characters beyond the basic plane are stored as question marks."
        case .itemWithoutID: "A list holds one more item, without an id."
        case .noSyncToken: "The last page of a listing has no nextSyncToken."
        case .zoneAlias: "A written Europe/Berlin is stored under another name of the same zone (Arctic/Longyearbyen)."
        case .wrongPassword: "Advoware login: Falscher Name oder falsches Kennwort."
        case .notLicensed: "Advoware login: nicht freigeschaltet."
        case .notRegistered: "Advoware login: ist nicht registriert."
        case .notSignedIn: "Advoware login: ist nicht angemeldet."
        case .invalidGrant: "Google login: 400 invalid_grant."
        case .shortToken: "The token lives only `seconds` (default 5)."
        case .noExpiry: "The answer does not say how long the token lives."
        case .expiryInUTC: "The answer says only when the token ends (expiration_utc), not how long it lives."
        }
    }

    /// Whether this request is one that the weakness could strike; others are neither counted nor struck.
    func fits(_ request: WireRequest) -> Bool {
        let isRead = request.method == "GET"
        let isSingle = request.parameter("frnr") != nil
        return switch self {
        case .wrongEmptyList, .shortList, .entryWithoutNumber, .derivedTermine, .everybodyUnlisted: isRead && !isSingle
        case .nullSingle, .absentShapes, .singleDiffers: isRead && isSingle
        case .dateFormats, .missingTimes, .unreadableTimestamp, .utcClock, .loneSurrogate: isRead
        case .frnrNull: request.method == "POST"
        case .textTrimmed, .textCut, .lineEndsChanged, .emojiLost, .zoneAlias: ["POST", "PUT", "PATCH"].contains(request.method)
        case .gone410: request.parameter("syncToken") != nil || request.method == "DELETE"
        case .conflict: request.method == "POST" && request.path.hasSuffix("/events")
        case .precondition412: request.headers["if-match"] != nil
        case .calendarLimit: request.method == "POST" && request.path.hasSuffix("/calendars")
        case .noSyncToken: isRead && request.path.hasSuffix("/events")
        case .shortPages, .emptyPages, .bareTombstones, .itemWithoutID:
            isRead && ["/events", "/instances", "/calendarList"].contains { request.path.hasSuffix($0) }
        case .wrongPassword, .notLicensed, .notRegistered, .notSignedIn, .expiryInUTC: request.path.hasPrefix("/advoware-auth")
        case .invalidGrant: !request.path.hasPrefix("/advoware-auth")
        default: true
        }
    }
}
