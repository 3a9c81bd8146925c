import Basics
import Foundation
import Signing

extension ListenerProgram {
    /// Host, process and something random: a process that comes back under the same number is another listener.
    static func uniqueName() -> String {
        let info = ProcessInfo.processInfo
        let suffix = hex(randomBytes(3))
        return "\(info.hostName):\(info.processIdentifier):\(suffix)"
    }
}
