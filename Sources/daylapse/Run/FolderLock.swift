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
      let holder = FolderLock.holder(path)
      if FolderLock.isGone(holder), turns < FolderLock.patienceTurns {
        turns += 1
        usleep(20_000)
        continue
      }
      close(descriptor)
      throw FolderLock.inUse(directory, purpose)
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
    // of those that share it the first is named, for as long as it lives
    let holder = FolderLock.holder(path)
    if !holder.contains(where: \.isNumber) || FolderLock.isGone(holder) { tellHolder() }
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

  /// Who holds a lock, as its file says; only words depend on it.
  private static func holder(_ path: String) -> String {
    (try? readSmallFile(path)).map { String(decoding: $0, as: UTF8.self) } ?? "another process"
  }

  private static func inUse(_ directory: String, _ purpose: String) -> CommandError {
    let path = path(directory, purpose)
    return CommandError(
      "\(directory) is in use by \(holder(path)), which holds \(path): wait for it, or choose another --data-dir, "
        + "--topics-dir and --base-port")
  }

  /// Whether the process that a lock's file names is gone, so that only what it left behind holds the lock.
  private static func isGone(_ holder: String) -> Bool {
    let number = pid_t(holder.filter(\.isNumber)) ?? 0
    return number > 0 && kill(number, 0) != 0 && errno == ESRCH
  }

  /// Takes a lock that others of its kind may hold as well.
  ///
  /// - Throws: ``CommandError`` where somebody has it for himself alone.
  static func shared(_ directory: String, purpose: String) throws -> FolderLock {
    for turn in 0... {
      if let lock = try FolderLock(sharing: directory, purpose: purpose) { return lock }
      guard turn < patienceTurns, isGone(holder(path(directory, purpose))) else { break }
      usleep(20_000)
    }
    throw inUse(directory, purpose)
  }
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
    // whoever may read the topics, and finds the state taken, finds a run that replays them
    let topics = try lock(topicsDir)
    do {
      return BroughtInFolders(state: try lock(stateDirectory), topics: topics)
    } catch {
      topics.release()
      throw error
    }
  }

  /// Keeps others from replaying with the same state: what a replay remembers has one writer.
  ///
  /// - Parameter isSupervised: Whether a run has taken the state for this very process.
  /// - Throws: ``CommandError`` where a run or another replay has it.
  func lockStateForReplaying(isSupervised: Bool) throws -> [FolderLock] {
    try createDirectories(stateDirectory)
    var locks: [FolderLock] = []
    if !isSupervised {
      locks.append(try FolderLock.shared(stateDirectory, purpose: FolderArguments.bringingIn))
    }
    do {
      return locks + [try FolderLock(directory: stateDirectory, purpose: "producer")]
    } catch {
      for lock in locks { lock.release() }
      throw error
    }
  }

  /// Keeps other processes from bringing days into the folder of the topics; they may read them.
  ///
  /// - Returns: Nothing where somebody is bringing days in, or there is no such folder.
  func lockTopicsForReading() throws -> FolderLock? {
    try FolderLock(sharing: topicsDir, purpose: FolderArguments.bringingIn)
  }

  private static let bringingIn = "run"
}
