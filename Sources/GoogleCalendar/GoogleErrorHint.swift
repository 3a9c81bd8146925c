public import Clients

extension GoogleError {
    /// What an operator can do about it, in one sentence.
    public var hint: String {
        switch code {
        case .loginRefused:
            "Google refuses the service account: check that its key is not deleted, that the key file is whole, and this host's clock."
        case .impersonationRefused:
            "The service account may not act for GOOGLE_CALENDAR_IMPERSONATE: allow domain-wide delegation for the calendar scope."
        case .configuration: "Correct what is named."
        case .unauthorized: "Google refuses tokens that it has just issued: check GOOGLE_CALENDAR_API_URL and the key file's token_uri."
        case .forbidden:
            "The service account lacks the right: check that the Calendar API is enabled and that the calendar is still shared with it."
        case .rateLimited, .quotaExceeded:
            "Google asks for fewer requests; it is tried again later. If it stays, raise the project's quota."
        case .calendarLimit: "Google limits how many calendars may be made in some hours; the calendar is tried again later."
        case .notFound: "The calendar or event does not exist, or is not shared with the service account."
        case .gone: "The event is deleted, or everything must be listed anew; the next run does so."
        case .duplicate: "The event id is used already; the next run looks at that event."
        case .preconditionFailed: "The event was changed meanwhile; it is planned again."
        case .rejected: "Google refuses the request as it is; the reason is Google's word for it."
        case .serverError: "Google reports an error of its own; it is tried again later."
        case .timeout: "Google does not answer in time; it is tried again later."
        case .unreachable: "Nobody answers there: check the name service, the firewall and the proxy."
        case .connectionBroken: "The connection broke; it is tried again later."
        case .tls: "The certificate is not trusted or TLS failed: check this host's certificate authorities (CURL_CA_BUNDLE)."
        case .badAnswer:
            "The answer is damaged or is not Google's; it is tried again later. If it stays, check GOOGLE_CALENDAR_API_URL and the proxy."
        case .cancelled: "The program was told to stop."
        case .notSent: "The right to send was lost before sending; it is planned again."
        }
    }
}
