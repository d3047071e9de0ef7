#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The system call that `LogFile` writes with: `pwrite`, or what a test puts in its place.
typealias PositionedWrite = (Int32, UnsafeRawPointer?, Int, off_t) -> Int

/// An open file, closed when it is released. All calls block on the disk.
final class LogFile {
  enum Access {
    case read
    /// For waiting until names in a directory are on the disk.
    case directory
    /// For writing an existing file.
    case write
    /// For writing; the file is created, or emptied.
    case replace
    /// For reading and writing; the file is created where it is missing.
    case readWrite
  }

  let path: String
  let descriptor: Int32

  /// - Parameter mode: The permissions of a file that is created.
  init(_ path: String, _ access: Access, mode: mode_t = 0o644) throws(TopicLogError) {
    // what is written is never reached by a link that somebody put in its place
    let flags =
      switch access {
      case .read: O_RDONLY
      case .directory: O_RDONLY | O_DIRECTORY
      case .write: O_WRONLY | O_NOFOLLOW
      case .replace: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
      case .readWrite: O_RDWR | O_CREAT | O_NOFOLLOW
      }
    self.path = path
    // without waiting for the other end, should it be a pipe
    var opened = open(path, flags | O_CLOEXEC | O_NONBLOCK, mode)
    if opened < 0, errno == ELOOP, access == .replace, unlink(path) == 0 {
      opened = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_EXCL, mode)
    }
    descriptor = opened
    if descriptor < 0 { throw .system(errno, "open", path) }
    if access != .directory { try checkKind() }
  }

  deinit { close(descriptor) }

  /// Refuses what is no regular file: reading it would wait for ever, or give no messages.
  private func checkKind() throws(TopicLogError) {
    let kind = try status().st_mode & S_IFMT
    guard kind != S_IFREG else { return }
    let actual =
      switch kind {
      case S_IFDIR: "a directory"
      case S_IFIFO: "a named pipe"
      default: "a device or socket"
      }
    throw TopicLogError(
      .damaged, "open", path, expected: "a regular file", actual: actual,
      advice: "Move away what is in the file's place, and restore the file or make the topic again")
  }

  /// The length in bytes.
  func size() throws(TopicLogError) -> Int { Int(try status().st_size) }

  func status() throws(TopicLogError) -> stat {
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw .system(errno, "inspect", path) }
    return status
  }

  /// Writes all of `bytes` at the position `start`, going on after short writes and interruptions.
  func write(
    _ bytes: UnsafeRawBufferPointer, at start: Int, by call: PositionedWrite = systemWrite
  ) throws(TopicLogError) {
    var written = 0
    while written < bytes.count {
      let result = call(descriptor, bytes.baseAddress! + written, bytes.count - written, off_t(start + written))
      if result > 0 {
        written += result
      } else if result == 0 {
        throw .system(EIO, "write to", path)
      } else if errno != EINTR {
        throw .system(errno, "write to", path)
      }
    }
  }

  /// Everything in the file.
  func readAll() throws(TopicLogError) -> [UInt8] {
    var content: [UInt8] = []
    let step = try max(size() + 1, 512)
    while true {
      let have = content.count
      content.append(contentsOf: repeatElement(0, count: step))
      let got = content.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress! + have, step, off_t(have)) }
      let failure = errno
      content.removeLast(step - max(got, 0))
      if got == 0 { return content }
      if got < 0, failure != EINTR { throw .system(failure, "read", path) }
    }
  }

  /// Cuts the file off behind `length` bytes.
  func truncate(to length: Int) throws(TopicLogError) {
    while ftruncate(descriptor, off_t(length)) != 0 {
      if errno != EINTR { throw .system(errno, "cut", path) }
    }
  }

  /// Waits until the content is on the disk.
  func sync() throws(TopicLogError) {
    while fsync(descriptor) != 0 {
      if errno != EINTR { throw .system(errno, "sync", path) }
    }
  }

  static let systemWrite: @Sendable (Int32, UnsafeRawPointer?, Int, off_t) -> Int = { pwrite($0, $1, $2, $3) }

  /// Puts `content` at `path` whole or not at all, by way of a file beside it that takes its name.
  static func replace(_ path: String, with content: UnsafeRawBufferPointer) throws(TopicLogError) {
    let temporary = path + ".tmp"
    let file = try LogFile(temporary, .replace)
    try file.write(content, at: 0)
    if rename(temporary, path) != 0 { throw .system(errno, "replace", path) }
  }
}
