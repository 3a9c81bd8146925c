import Foundation
import Signing

extension ListenerProgram {
    /// Host, process and something random: a process that comes back under the same number is another listener.
    static func uniqueName() -> String {
        let info = ProcessInfo.processInfo
        let suffix = randomBytes(3).map { String($0, radix: 16) }.joined()
        return "\(info.hostName):\(info.processIdentifier):\(suffix)"
    }
}
