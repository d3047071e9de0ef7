import Checkpoints
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Lets stages die at named points, for tests of recovery: `DAYLAPSE_CRASH_AT=cleaner:after-append:5,sink:during-merge:1`
/// kills the cleaner when it has appended five times and the sink in its merge. The second entry of a stage is for its
/// second start, and so on.
enum CrashPlan {
  static func faults(stage: String, start: Int) -> Faults {
    guard let text = getenv("DAYLAPSE_CRASH_AT").map({ String(cString: $0) }) else { return .none }
    let entries = text.split(separator: ",").map { $0.split(separator: ":").map(String.init) }
      .filter { $0.count == 3 && $0[0] == stage }
    guard start >= 1, start <= entries.count, let point = CrashPoint(rawValue: entries[start - 1][1]),
      let count = Int(entries[start - 1][2])
    else { return .none }
    let left = Countdown(count)
    return Faults { reached in
      if reached == point, left.isOver { kill(getpid(), SIGKILL) }
    }
  }

  private final class Countdown: Sendable {
    private let left: Mutex<Int>

    init(_ count: Int) { left = Mutex(count) }

    var isOver: Bool {
      left.withLock { left in
        left -= 1
        return left == 0
      }
    }
  }
}
