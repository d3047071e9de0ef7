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
  private var descriptor: Int32

  /// Creates the partial file, in place of one that an earlier process left behind.
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
    descriptor = open(partialPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw OutputFileError(operation: .create, path: partialPath, code: errno) }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(partialPath)
  }

  /// Writes all bytes. Blocks.
  func write(_ bytes: UnsafeRawBufferPointer) throws(OutputFileError) {
    guard let start = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      let written = systemWrite(descriptor, UnsafeRawBufferPointer(start: start + done, count: bytes.count - done))
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
      unlink(partialPath)
      throw OutputFileError(operation: .close, path: partialPath, code: code)
    }
    if rename(partialPath, path) != 0 {
      let code = errno
      unlink(partialPath)
      throw OutputFileError(operation: .rename, path: path, code: code)
    }
  }

  /// Closes and removes the partial file.
  mutating func discard() {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(partialPath)
    descriptor = -1
  }
}

/// The system's write(2) with its result and `errno`, for where a method of the same name hides it.
public func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
