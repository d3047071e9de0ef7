import OutputFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keeps two processes from using one folder for purposes that exclude each other, at the same time.
///
/// Processes that inherit the descriptor hold the lock as well.
final class FolderLock {
  let descriptor: Int32

  /// How long to wait for what a killed process has left behind: its stages end by themselves, in a moment.
  private static let patienceTurns = 250

  /// Takes a lock for oneself alone.
  ///
  /// - Parameter purpose: Names the lock: `run` for whoever brings days in, `sink` for whoever writes results.
  init(directory: String, purpose: String) throws {
    let path = FolderLock.path(directory, purpose)
    descriptor = FolderLock.open(path)
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
        "\(directory) is in use by \(holder), which holds \(path): wait for it, or choose another --data-dir, "
          + "--topics-dir and --base-port")
    }
    tellHolder()
  }

  /// Takes a lock that others of its kind may hold as well.
  ///
  /// - Returns: Nothing where somebody has it for himself alone, or there is no such folder.
  init?(sharing directory: String, purpose: String) throws {
    let path = FolderLock.path(directory, purpose)
    var opened = FolderLock.open(path)
    // nobody brings days into a folder that cannot be written: its own lock does
    if opened < 0, [EACCES, EPERM, EROFS].contains(errno) { opened = openDirectory(directory) }
    if opened < 0, errno == ENOENT { return nil }
    guard opened >= 0 else { throw CommandError("cannot open \(path): \(String(cString: strerror(errno)))") }
    descriptor = opened
    guard share() else {
      release()
      return nil
    }
    tellHolder()
  }

  /// From now on others may share it.
  ///
  /// - Returns: Whether the lock is still held: for a moment it was not, and somebody may have been quicker.
  func share() -> Bool { flock(descriptor, LOCK_SH | LOCK_NB) == 0 }

  func release() { close(descriptor) }

  /// Opens a lock's file, which nobody but its owner can: whoever can open it can hold the lock.
  private static func open(_ path: String) -> Int32 {
    let opened = openLockFile(path)
    var status = stat()
    if opened >= 0, fstat(opened, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o077 != 0 {
      fchmod(opened, 0o600)
    }
    return opened
  }

  private func tellHolder() {
    guard ftruncate(descriptor, 0) == 0 else { return }
    Terminal.put("process \(getpid())", to: descriptor)
  }

  private static func path(_ directory: String, _ purpose: String) -> String { "\(directory)/\(purpose).lock" }
}

private func openLockFile(_ path: String) -> Int32 {
  open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
}

private func openDirectory(_ path: String) -> Int32 { open(path, O_RDONLY | O_CLOEXEC) }

/// The folders that days are brought into, kept from others who would bring days in.
struct BroughtInFolders {
  let state: FolderLock
  let topics: FolderLock

  var all: [FolderLock] { [state, topics] }

  func release() {
    for lock in all { lock.release() }
  }
}

extension FolderArguments {
  /// Makes the folders where they are missing, and keeps other processes from bringing days into them.
  func lockForBringingIn() throws -> BroughtInFolders {
    func lock(_ directory: String) throws -> FolderLock {
      try createDirectories(directory)
      return try FolderLock(directory: directory, purpose: FolderArguments.bringingIn)
    }
    return BroughtInFolders(state: try lock(stateDirectory), topics: try lock(topicsDir))
  }

  /// Keeps other processes from bringing days into the folder of the topics; they may read them.
  ///
  /// - Returns: Nothing where somebody is bringing days in, or there is no such folder.
  func lockTopicsForReading() throws -> FolderLock? {
    try FolderLock(sharing: topicsDir, purpose: FolderArguments.bringingIn)
  }

  private static let bringingIn = "run"
}
