import OutputFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keeps two processes from using one data directory for the same purpose at the same time.
///
/// Processes that inherit the descriptor hold the lock as well.
final class FolderLock {
  let descriptor: Int32

  /// How long to wait for what a killed process has left behind: its stages end by themselves, in a moment.
  private static let patienceTurns = 250

  /// - Parameter purpose: Names the lock: `run` for whoever brings days in, `sink` for whoever writes results.
  init(directory: String, purpose: String) throws {
    let path = "\(directory)/\(purpose).lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw CommandError("cannot write \(path): \(String(cString: strerror(errno)))") }
    var turns = 0
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let holder = (try? readSmallFile(path)).map { String(decoding: $0, as: UTF8.self) } ?? "another process"
      let number = pid_t(holder.filter(\.isNumber)) ?? 0
      if number > 0, kill(number, 0) != 0, errno == ESRCH, turns < FolderLock.patienceTurns {
        turns += 1
        usleep(20_000)
        continue
      }
      close(descriptor)
      throw CommandError(
        "\(directory) is in use by \(holder): wait for it, or choose another --data-dir, --topics-dir and --base-port")
    }
    ftruncate(descriptor, 0)
    Terminal.put("process \(getpid())", to: descriptor)
  }

  func release() { close(descriptor) }
}

extension FolderArguments {
  /// Makes the folders where they are missing, and keeps other processes from bringing days into them.
  ///
  /// - Returns: The locks, to be released at the end.
  func lockForBringingIn() throws -> [FolderLock] {
    try [stateDirectory, topicsDir].map { directory in
      try createDirectories(directory)
      return try FolderLock(directory: directory, purpose: "run")
    }
  }
}

/// What tells one version of a file from another without reading it.
struct FileStamp: CustomStringConvertible {
  let description: String

  init(_ path: String) throws {
    var info = stat()
    guard stat(path, &info) == 0 else { throw CommandError("\(path): \(String(cString: strerror(errno)))") }
    #if canImport(Darwin)
      let changed = info.st_mtimespec
    #else
      let changed = info.st_mtim
    #endif
    description = "\(path) \(info.st_size) \(changed.tv_sec).\(changed.tv_nsec)"
  }
}
