#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Digests of whole files.
public enum FileDigest {
  /// The SHA-256 of a file's bytes. Blocks while it reads all of them.
  ///
  /// - Returns: 64 lowercase hexadecimal digits.
  /// - Throws: `OutputFileError` when the file cannot be read.
  public static func sha256(path: String) throws(OutputFileError) -> String {
    // without waiting for a writer, should it be a pipe
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { throw OutputFileError(operation: .open, path: path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw OutputFileError(operation: .open, path: path, code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw OutputFileError(operation: .read, path: path, code: EEXIST) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { buffer.deallocate() }
    let digest = SHA256Digest()
    while true {
      let got = read(descriptor, buffer.baseAddress, buffer.count)
      if got == 0 { return digest.finish() }
      if got > 0 {
        digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
      } else if errno != EINTR {
        throw OutputFileError(operation: .read, path: path, code: errno)
      }
    }
  }

  /// The SHA-256 of bytes in memory.
  ///
  /// - Returns: 64 lowercase hexadecimal digits.
  public static func sha256(of bytes: UnsafeRawBufferPointer) -> String {
    let digest = SHA256Digest()
    digest.update(bytes)
    return digest.finish()
  }
}
