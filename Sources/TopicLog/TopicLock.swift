import Records

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The right to write a topic: an flock(2) on `.lock`, which ends with the process at the latest.
///
/// The file says who holds it, as `{"pid":…,"host":…}`. It stays when the lock is released, so that two processes never
/// lock two files of the same name.
final class TopicLock {
  private let file: LogFile

  /// Takes the lock, without waiting.
  ///
  /// - Throws: ``TopicLogError`` with code `locked`, naming the holder, where another writer has it.
  init(_ directory: TopicDirectory) throws(TopicLogError) {
    // whoever can open the file can hold the lock: nobody but its owner is to
    file = try LogFile(directory.lockPath, .readWrite, mode: 0o600)
    let status = try file.status()
    if status.st_uid == geteuid(), status.st_mode & 0o077 != 0 { fchmod(file.descriptor, 0o600) }
    while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      guard errno == EWOULDBLOCK else { throw .system(errno, "lock", file.path) }
      throw TopicLogError(
        .locked, "write", directory.path, expected: "no other writer", actual: try holder(),
        advice: "Stop that process, or write to another directory; fuser \(file.path) says who holds the lock")
    }
    let holder: JSONValue = ["pid": .int(Int(getpid())), "host": .string(Self.hostName())]
    try file.truncate(to: 0)
    let text = Array((holder.description + "\n").utf8)
    let written = text.withUnsafeBytes { bytes in
      Result { () throws(TopicLogError) in try file.write(bytes, at: 0) }
    }
    try written.get()
  }

  private func holder() throws(TopicLogError) -> String {
    guard let holder = try? JSONValue(parsing: try file.readAll()),
      let pid = holder["pid"]?.intValue, let host = holder["host"]?.stringValue
    else { return "a writer that has not given its name yet" }
    return "process \(pid) on \(host)"
  }

  private static func hostName() -> String {
    var name = [UInt8](repeating: 0, count: 256)
    let failed = name.withUnsafeMutableBytes { gethostname($0.baseAddress!.assumingMemoryBound(to: CChar.self), 255) }
    return failed == 0 ? String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) : "unknown"
  }
}
