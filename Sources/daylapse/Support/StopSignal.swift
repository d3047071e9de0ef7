import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

private let stopCount = Atomic<Int>(0)

/// Remembers that the process was asked to end, by Ctrl-C or a signal, so that loops can end in order.
enum StopSignal {
  /// Catches SIGTERM, the end of the terminal and, unless a supervisor deals with it, Ctrl-C. A second one ends the process at once.
  static func catchSignals(ignoringInterrupts: Bool = false) {
    signal(SIGPIPE, SIG_IGN)
    let handler: @convention(c) (Int32) -> Void = { _ in
      if stopCount.add(1, ordering: .relaxed).newValue > 1 {
        TerminalMode.restore()
        _exit(130)
      }
    }
    signal(SIGTERM, handler)
    signal(SIGINT, ignoringInterrupts ? SIG_IGN : handler)
    // nohup has it ignored
    let before = signal(SIGHUP, handler)
    if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { signal(SIGHUP, SIG_IGN) }
  }

  /// Asks this process to end, as a signal would.
  static func request() { stopCount.add(1, ordering: .relaxed) }

  static var isRequested: Bool { stopCount.load(ordering: .relaxed) > 0 }

  /// - Throws: ``Interrupted`` once the process was asked to end.
  static func check() throws {
    if isRequested { throw Interrupted() }
  }
}
