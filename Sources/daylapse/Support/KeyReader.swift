#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads single keys from the terminal at standard input, without waiting for any.
///
/// The terminal is changed while this process is in the foreground, and put back whenever it ends or stops.
final class KeyReader {
  /// What to poll for keys.
  let descriptor = STDIN_FILENO
  /// How long the rest of a sequence may take to arrive, in nanoseconds.
  private static let patienceNanoseconds = 100_000_000
  private var decoder = KeyDecoder()
  private var lastRead = 0
  private var hasEnded = false

  /// - Returns: Nothing where there is no terminal to read from.
  init?() {
    guard isatty(STDIN_FILENO) == 1, Terminal.isInteractive else { return nil }
  }

  /// Whether there is any use in polling.
  var isReading: Bool { !hasEnded && TerminalMode.readSingleKeys() }

  /// The keys that were pressed since the last call. Does not block. `now` is in nanoseconds.
  func keys(now: Int) -> [Key] {
    guard isReading else { return [] }
    var keys: [Key] = []
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    var buffer = [UInt8](repeating: 0, count: 256)
    while poll(&waiting, 1, 0) > 0 {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        hasEnded = true
        break
      }
      keys += decoder.decode(buffer[..<count])
      lastRead = now
    }
    if decoder.isWaiting, now - lastRead >= KeyReader.patienceNanoseconds { keys += decoder.flush() }
    return keys
  }

  /// Gives the terminal back.
  func close() {
    hasEnded = true
    TerminalMode.restore()
  }
}
