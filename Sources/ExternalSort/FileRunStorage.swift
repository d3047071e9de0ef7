import CByteScan

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Runs in one file: without a name, so that nothing is left of it however the process ends, or kept for a process that
/// goes on from there.
///
/// A file without a name is created exclusively at the first append, readable by its owner alone, and its name taken
/// away at once; its space is free again after `close()`, the end of this object, or that of the process.
public final class FileRunStorage: RunStorage {
  /// The file's path.
  public let path: String
  public private(set) var byteCount = 0
  /// The CRC-32C of everything appended.
  public private(set) var checksum: UInt32 = 0
  private let keepsName: Bool
  private var descriptor: Int32 = -1

  /// Creates a storage that will create its file at `path`, which must not exist when the first bytes are appended.
  public init(path: String) {
    self.path = path
    keepsName = false
  }

  /// Creates a storage whose file keeps its name, in place of a file that has it.
  ///
  /// - Parameters:
  ///   - byteCount: How much of the file that is there is gone on with; what lies behind is cut off.
  ///   - checksum: The CRC-32C of those bytes, which are read once to compare it. Blocks.
  /// - Throws: `RunStorageError` where the file does not hold these bytes, or cannot be opened.
  public init(keeping path: String, byteCount: Int = 0, checksum: UInt32 = 0) throws {
    self.path = path
    keepsName = true
    descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw RunStorageError(operation: .create, path: path, offset: 0, code: errno) }
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    while self.byteCount < byteCount {
      let wanted = min(piece.count, byteCount - self.byteCount)
      try piece.withUnsafeMutableBytes { bytes in
        let bytes = UnsafeMutableRawBufferPointer(rebasing: bytes[..<wanted])
        try read(at: self.byteCount, into: bytes)
        self.checksum = crc32c(self.checksum, bytes.baseAddress, bytes.count)
      }
      self.byteCount += wanted
    }
    guard self.checksum == checksum else {
      throw RunStorageError(operation: .read, path: path, offset: 0, code: EBADMSG)
    }
    guard ftruncate(descriptor, off_t(byteCount)) == 0 else {
      throw RunStorageError(operation: .write, path: path, offset: byteCount, code: errno)
    }
  }

  /// Waits until everything appended is on the disk.
  public func sync() throws {
    guard descriptor >= 0 else { return }
    if fsync(descriptor) != 0 {
      throw RunStorageError(operation: .write, path: path, offset: byteCount, code: errno)
    }
  }

  deinit { close() }

  /// Closes the file, if there is one. What was appended is gone. May be called twice.
  public func close() {
    guard descriptor >= 0 else { return }
    _ = systemClose(descriptor)
    descriptor = -1
    byteCount = 0
  }

  /// Adds bytes at the end of the file. Blocks.
  ///
  /// - Throws: `RunStorageError`: no file can be created there, or the disk is full or failing.
  public func append(_ bytes: UnsafeRawBufferPointer) throws {
    if descriptor < 0 {
      descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      if descriptor < 0 { throw RunStorageError(operation: .create, path: path, offset: 0, code: errno) }
      if !keepsName { unlink(path) }
    }
    guard let start = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      let written = pwrite(descriptor, start + done, bytes.count - done, off_t(byteCount + done))
      if written > 0 {
        done += written
      } else if written == 0 || errno != EINTR {
        throw RunStorageError(
          operation: .write, path: path, offset: byteCount + done, code: written == 0 ? ENOSPC : errno)
      }
    }
    byteCount += done
    if keepsName { checksum = crc32c(checksum, bytes.baseAddress, bytes.count) }
  }

  /// Fills `destination` with the bytes from `offset` on. Blocks; may be called from several threads at once.
  ///
  /// - Throws: `RunStorageError`: the disk is failing, or someone else has shortened the file.
  public func read(at offset: Int, into destination: UnsafeMutableRawBufferPointer) throws {
    guard let start = destination.baseAddress else { return }
    var done = 0
    while done < destination.count {
      let got = pread(descriptor, start + done, destination.count - done, off_t(offset + done))
      if got > 0 {
        done += got
      } else if got == 0 || errno != EINTR {
        throw RunStorageError(operation: .read, path: path, offset: offset + done, code: got == 0 ? 0 : errno)
      }
    }
  }
}

/// The system's `close`, which a method of the same name hides.
private func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
