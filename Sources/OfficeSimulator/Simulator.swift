import Foundation
import JSON
import Signing

/// A law office's Advoware and its Google Calendar, in memory, as nasty on demand as the real ones.
///
/// Everything that requests change lives in value types; this actor only lets one request at a time at them.
public actor Simulator {
    var office = AdvowareOffice()
    var google: GoogleWorld
    var logins: Logins
    var faults: FaultPlan
    var quotas = Quotas()
    var log = RequestLog()
    var random: SeededRandom
    /// States of the office that a test comes back to.
    var checkpoints: [String: Checkpoint] = [:]
    /// Microseconds that the office's clock is ahead of the real one.
    var clockLead: Int64 = 0
    let seed: UInt64

    /// - Parameters:
    ///   - seed: decides all chance.
    ///   - employees: how many employees the office has.
    ///   - termine: how many Termine each of them has.
    /// - Throws: `SigningError` if no key could be made.
    public init(seed: UInt64, employees: Int, termine: Int) throws {
        self.seed = seed
        random = SeededRandom(seed: seed)
        faults = FaultPlan(seed: seed)
        let email = "calendar-sync@office-simulator.iam.gserviceaccount.com"
        logins = Logins(credentials: AdvowareCredentials(), key: try RSAPrivateKey.generate(bits: 2048), clientEmail: email)
        google = GoogleWorld(account: email, seed: seed)
        office = OfficeGenerator(seed: seed, now: Self.realNow).office(employees: employees, termine: termine)
    }

    /// What this machine's clock says.
    static var realNow: Moment { Moment(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }

    /// What both systems' clocks say.
    var now: Moment { Moment(microseconds: Self.realNow.microseconds + clockLead) }

    /// The address of the Google token endpoint, once the port is known.
    func setTokenURI(_ uri: String) { logins.tokenURI = uri }

    /// Serves one request. The delay that the answer asks for is the caller's to wait.
    func answer(_ request: WireRequest) -> WireAnswer {
        switch request.segments.first {
        case "control": return control(request)
        case "advoware": return served(.advoware, request)
        case "calendar": return served(.google, request)
        case "advoware-auth", "token": return served(.login, request)
        default:
            return .text("nothing here; the simulator serves /advoware, /advoware-auth, /calendar/v3, /token and /control", status: 404)
        }
    }

    private func served(_ system: RemoteSystem, _ request: WireRequest) -> WireAnswer {
        let strikes = faults.strikes(system, request)
        var violations: [String] = []
        var answer: WireAnswer
        if let late = strikes[.actsLate] {
            Task {
                try await Task.sleep(for: .seconds(late.seconds ?? 2))
                _ = act(system, request, Strikes())
            }
            answer = .broken
        } else if let early = early(system, request, strikes, &violations) {
            answer = early
        } else {
            answer = late(act(system, request, strikes), strikes, system)
        }
        if let slow = strikes[.slow] { answer.delay = slow.seconds ?? 2 }
        if !strikes.has(.noDate) { answer.headers.append((name: "Date", value: now.httpDate)) }
        log.add(request, system: system, status: answer.status, at: now, violations: violations, weaknesses: strikes.names)
        return answer
    }

    private func act(_ system: RemoteSystem, _ request: WireRequest, _ strikes: Strikes) -> WireAnswer {
        switch system {
        case .advoware: advoware(request, strikes)
        case .google: googleAnswer(request, strikes)
        case .login where request.segments.first == "token":
            logins.googleToken(request, now: now, real: Self.realNow, strikes: strikes)
        case .login: logins.advowareToken(request, now: now, real: Self.realNow, strikes: strikes)
        }
    }

    /// What goes wrong before anything is done.
    private func early(_ system: RemoteSystem, _ request: WireRequest, _ strikes: Strikes, _ violations: inout [String]) -> WireAnswer? {
        if system == .google {
            violations = GoogleMethod.find(request.method, Array(request.segments.dropFirst(2)))?.method.violations(request) ?? []
            if !violations.isEmpty { return refused(.badRequest(violations.joined(separator: "; "))) }
        }
        if strikes.has(.connectionCutBefore) || strikes.has(.connectionCut) { return .broken }
        if let fault = strikes[.htmlPage] { return .html(status: fault.status ?? 503) }
        if let fault = strikes[.error500] { return serverError(system, fault.status ?? 500) }
        if let fault = strikes[.error503] { return serverError(system, fault.status ?? 503, fault) }
        return nil
    }

    /// What goes wrong on the way back.
    private func late(_ answer: WireAnswer, _ strikes: Strikes, _ system: RemoteSystem) -> WireAnswer {
        var answer = answer
        if let fault = strikes[.error500AfterActing] { return serverError(system, fault.status ?? 500) }
        if let fault = strikes[.htmlPageAfterActing] { return .html(status: fault.status ?? 200) }
        if strikes.has(.connectionCutAfter) { return .broken }
        if strikes.has(.loneSurrogate) { answer.body = TerminStyle.bytes(answer.body) }
        if strikes.has(.emptyBody) { answer.body = [] }
        if strikes.has(.cutOff) { answer.body = Array(answer.body.prefix(answer.body.count / 2)) }
        if strikes.has(.cutOffConnection) { answer.delivery = answer.body.isEmpty ? .nothing : .cutOff(after: answer.body.count / 2) }
        return answer
    }

    private func serverError(_ system: RemoteSystem, _ status: Int, _ fault: Fault? = nil) -> WireAnswer {
        guard system == .google else { return .json(.object(["Message": "An error has occurred."]), status: status) }
        return refused(GoogleRefusal(status: status, reason: "backendError", message: "Backend Error").waiting(as: fault))
    }

    func refused(_ refusal: GoogleRefusal) -> WireAnswer {
        var headers: [(name: String, value: String)] = []
        if let seconds = refusal.retryAfter {
            // A date has no fraction: it must not come too early.
            let date = Self.realNow.adding(seconds: Double(seconds + 1)).httpDate
            headers = [("Retry-After", refusal.retryAfterIsDate ? date : String(seconds))]
        }
        return .json(refusal.body, status: refusal.status, headers: headers)
    }

    /// The next chance for one answer's style.
    func style(_ strikes: Strikes) -> TerminStyle { TerminStyle(strikes: strikes, random: SeededRandom(seed: random.next())) }
}
