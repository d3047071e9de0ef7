import OutputFiles
import Records

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Standard output for much text: gathered, and written in blocks.
final class StandardOutput {
  /// What is to be written.
  let buffer = ByteBuffer(capacity: 1 << 18)

  /// So much is worth a write.
  private static let blockBytes = 1 << 17

  /// Whether it is a screen.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Columns and rows of the screen; nothing where it is none, or does not say.
  static var screen: (columns: Int, rows: Int)? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Whether whoever read it has gone away, as `head` does when it has had enough.
  static var readerHasGone: Bool {
    var entry = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
    return poll(&entry, 1, 0) > 0 && entry.revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
  }

  /// Writes what has gathered, if that is much.
  func flushIfFull() throws {
    if buffer.count >= StandardOutput.blockBytes { try flush() }
  }

  /// Writes what has gathered. Blocks while the reader is slow.
  ///
  /// - Throws: ``ReaderGone``; ``CommandError`` where the system refuses; ``Interrupted`` where it had to wait and the
  ///   process was asked to end.
  func flush() throws {
    var rest = buffer.bytes
    while !rest.isEmpty {
      let written = systemWrite(STDOUT_FILENO, rest)
      if written > 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        continue
      }
      switch errno {
      case EINTR: try StopSignal.check()
      case EAGAIN:
        var entry = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        _ = poll(&entry, 1, 100)
        try StopSignal.check()
      case EPIPE: throw ReaderGone()
      default: throw CommandError("cannot write to standard output: \(String(cString: strerror(errno)))")
      }
    }
    buffer.removeAll()
  }
}

/// Whoever read standard output has gone away: there is nobody to go on for.
struct ReaderGone: Error {}
