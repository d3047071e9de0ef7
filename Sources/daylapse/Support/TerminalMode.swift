import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

private let isChanged = Atomic<Bool>(false)
private let wasStopped = Atomic<Bool>(false)
private let isWatched = Atomic<Bool>(false)
// Written once, before `isWatched` is set and before any handler that reads it is installed.
nonisolated(unsafe) private var original = termios()

/// The mode of the terminal that keys are read from: single keys without an echo while they are, and as it was before
/// whenever this process ends or stops.
///
/// Whatever runs within a signal handler calls only what POSIX calls async-signal-safe.
enum TerminalMode {
  /// Has the terminal hand over single keys. Ctrl-C and Ctrl-Z go on meaning what they do.
  ///
  /// - Returns: Whether it does. It is left alone where it belongs to somebody else at present.
  static func readSingleKeys() -> Bool {
    if isChanged.load(ordering: .relaxed) { return true }
    guard Terminal.isInForeground(STDIN_FILENO) else { return false }
    if !isWatched.load(ordering: .relaxed) {
      guard tcgetattr(STDIN_FILENO, &original) == 0 else { return false }
      isWatched.store(true, ordering: .relaxed)
      atexit { TerminalMode.restore() }
      restoreWhenStopped()
    }
    var mode = original
    mode.c_lflag &= ~tcflag_t(ICANON | ECHO)
    withUnsafeMutableBytes(of: &mode.c_cc) { characters in
      characters[Int(VMIN)] = 1
      characters[Int(VTIME)] = 0
    }
    isChanged.store(true, ordering: .relaxed)
    guard tcsetattr(STDIN_FILENO, TCSANOW, &mode) == 0 else {
      isChanged.store(false, ordering: .relaxed)
      return false
    }
    return true
  }

  /// Puts the terminal back as it was. May be called within a signal handler.
  static func restore() {
    guard isChanged.exchange(false, ordering: .relaxed) else { return }
    tcsetattr(STDIN_FILENO, TCSANOW, &original)
  }

  /// Puts the terminal back as it was before a supervisor that was killed read keys from it.
  ///
  /// Leaves the terminal alone when its mode is not the one that the supervisor left: somebody else uses it then.
  static func restoreForTheDead() {
    let terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard terminal >= 0 else { return }
    defer { close(terminal) }
    var mode = termios()
    guard tcgetattr(terminal, &mode) == 0, isForSingleKeys(mode) else { return }
    mode.c_lflag |= tcflag_t(ICANON | ECHO)
    // a process of the background would be stopped
    var numbers = sigset_t()
    sigemptyset(&numbers)
    sigaddset(&numbers, SIGTTOU)
    pthread_sigmask(SIG_BLOCK, &numbers, nil)
    tcsetattr(terminal, TCSANOW, &mode)
    pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
  }

  /// Whether keys are read singly and without an echo, and everything else is as usual. Line editors of shells also turn
  /// off that carriage returns become line feeds.
  private static func isForSingleKeys(_ mode: termios) -> Bool {
    mode.c_lflag & tcflag_t(ICANON | ECHO) == 0 && mode.c_lflag & tcflag_t(ISIG) != 0
      && mode.c_iflag & tcflag_t(ICRNL) != 0
  }

  /// Whether this process was stopped since the last call, so that the screen is not what it was.
  static func hasBeenStopped() -> Bool { wasStopped.exchange(false, ordering: .relaxed) }

  /// Takes note when this process goes on after it was stopped.
  static func watchForContinuing() {
    signal(SIGCONT) { _ in
      wasStopped.store(true, ordering: .relaxed)
      // whoever had the terminal meanwhile may have changed it
      isChanged.store(false, ordering: .relaxed)
    }
  }

  /// Puts the terminal back before Ctrl-Z stops this process, or Ctrl-\ ends it. Keys are read again by whoever asks
  /// for them next.
  private static func restoreWhenStopped() {
    watchForContinuing()
    for number in [SIGTSTP, SIGQUIT] {
      let before = signal(number, stopHandler)
      // a shell without job control has it ignored
      if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { signal(number, SIG_IGN) }
    }
  }
}

private let stopHandler: @convention(c) (Int32) -> Void = { number in
  TerminalMode.restore()
  signal(number, SIG_DFL)
  var numbers = sigset_t()
  sigemptyset(&numbers)
  sigaddset(&numbers, number)
  pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
  // stops here, or ends
  raise(number)
  stopAgain()
}

private func stopAgain() { signal(SIGTSTP, stopHandler) }
