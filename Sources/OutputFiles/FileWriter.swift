#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that is written under a name of its own and takes its final name when it is complete.
struct FileWriter: ~Copyable {
  /// The final path, and the one that is written to.
  let path: String
  let partialPath: String
  /// The system call that it writes with, or what a test puts in its place.
  var systemCall: (Int32, UnsafeRawBufferPointer) -> Int = systemWrite
  private var descriptor: Int32
  /// Tells the partial file from one that another process puts in its place.
  private var identity: FileIdentity?

  /// Creates the partial file, in place of one that an earlier process left behind. What else has its name goes as
  /// well; a link is not followed.
  init(path: String) throws(OutputFileError) {
    self.path = path
    partialPath = path + ".partial"
    descriptor = -1
    // Found out now and not when everything has been written.
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      let isDirectory = status.st_mode & S_IFMT == S_IFDIR
      throw OutputFileError(operation: .create, path: path, code: isDirectory ? EISDIR : EEXIST)
    }
    if unlink(partialPath) != 0, errno != ENOENT {
      throw OutputFileError(operation: .create, path: partialPath, code: errno)
    }
    descriptor = open(partialPath, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
    if descriptor < 0 {
      // somebody else has created it in this very moment
      throw OutputFileError(operation: .create, path: partialPath, code: errno == EEXIST ? EBUSY : errno)
    }
    identity = FileIdentity(descriptor)
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    removePartial()
  }

  /// Removes the partial file, unless it is another process's by now.
  private func removePartial() { if FileIdentity(link: partialPath) == identity { unlink(partialPath) } }

  /// Writes all bytes. Blocks.
  func write(_ bytes: UnsafeRawBufferPointer) throws(OutputFileError) {
    guard let start = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      let written = systemCall(descriptor, UnsafeRawBufferPointer(start: start + done, count: bytes.count - done))
      if written >= 0 {
        done += written
      } else if errno != EINTR {
        throw OutputFileError(operation: .write, path: partialPath, code: errno)
      }
    }
  }

  /// Waits until everything written is on the disk.
  func sync() throws(OutputFileError) {
    if fsync(descriptor) != 0 { throw OutputFileError(operation: .sync, path: partialPath, code: errno) }
  }

  /// Closes the file and gives it its final name, in place of a file that had it.
  mutating func finish() throws(OutputFileError) {
    let open = descriptor
    descriptor = -1
    if close(open) != 0, errno != EINTR {
      let code = errno
      removePartial()
      throw OutputFileError(operation: .close, path: partialPath, code: code)
    }
    guard FileIdentity(link: partialPath) == identity else {
      throw OutputFileError(operation: .rename, path: partialPath, code: EBUSY)
    }
    if rename(partialPath, path) != 0 {
      let code = errno
      removePartial()
      throw OutputFileError(operation: .rename, path: path, code: code)
    }
  }

  /// Closes and removes the partial file.
  mutating func discard() {
    guard descriptor >= 0 else { return }
    close(descriptor)
    removePartial()
    descriptor = -1
  }
}

/// What tells a file from every other one of this machine, whatever its name.
private struct FileIdentity: Equatable {
  private let device: UInt64
  private let inode: UInt64

  /// - Returns: `nil` where the file cannot be looked at.
  init?(_ descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  /// Of what has this name itself, should it be a link.
  init?(link path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(status.st_ino)
  }
}

/// The system's write(2) with its result and `errno`, for where a method of the same name hides it.
public func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
