public import Clients

extension AdvowareError {
    /// What an operator can do about it, in one sentence.
    public var hint: String {
        switch code {
        case .wrongPassword:
            "Advoware does not know this user with this password: correct ADVOWARE_USER, ADVOWARE_PASSWORD or ADVOWARE_ROLE, then restart."
        case .notLicensed:
            "The office, the user or the product is not licensed for the API: have Advoware license ADVOWARE_PRODUCT_ID for ADVOWARE_USER."
        case .notSignedIn:
            "The office's server is not signed in to Advoware's gateway: start its connector, check ADVOWARE_KANZLEI and ADVOWARE_DATABASE."
        case .notRegistered:
            "Advoware does not know this office, database or application: check ADVOWARE_KANZLEI, ADVOWARE_DATABASE and ADVOWARE_APP_ID."
        case .loginRefused:
            "The login was refused: check ADVOWARE_API_KEY, ADVOWARE_APP_ID, ADVOWARE_PRODUCT_ID and this host's clock."
        case .configuration: "Correct the variable that is named."
        case .unauthorized:
            "Advoware refuses tokens that it has just issued: check that ADVOWARE_API_BASE_URL and ADVOWARE_AUTH_URL belong together."
        case .notFound: "The address does not exist there: check ADVOWARE_API_BASE_URL."
        case .rejected: "Advoware refuses the request: check the user's rights in Advoware."
        case .rateLimited: "Advoware asks for fewer requests; it is tried again later."
        case .serverError: "Advoware reports an error of its own; it is tried again later. If it stays, ask Advoware's support."
        case .timeout: "Advoware does not answer in time; it is tried again later. ADVOWARE_API_TIMEOUT_SECONDS allows a longer wait."
        case .unreachable: "Nobody answers there: check the address, the name service, the firewall and whether Advoware is up."
        case .connectionBroken: "The connection broke; it is tried again later."
        case .tls:
            "The certificate is not trusted or TLS failed: check the address and this host's certificate authorities (CURL_CA_BUNDLE)."
        case .badAnswer:
            "Advoware's answer is damaged or is not Advoware's; it is tried again later. If it stays, check ADVOWARE_API_BASE_URL."
        case .cancelled: "The program was told to stop."
        case .notSent: "The right to send was lost before sending; it is planned again."
        }
    }
}
