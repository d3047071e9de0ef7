#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Whether something has this name.
///
/// - Throws: ``CommandError`` where nobody can tell, as in a folder that may not be searched.
func fileExists(_ path: String) throws -> Bool {
  var status = stat()
  if stat(path, &status) == 0 { return true }
  if errno == ENOENT { return false }
  throw CommandError("cannot look at \(path): \(String(cString: strerror(errno)))")
}

/// Whether a file is a regular one, where there is one.
func isRegularFile(_ path: String) throws -> Bool {
  var status = stat()
  guard stat(path, &status) == 0 else {
    throw CommandError("cannot look at \(path): \(String(cString: strerror(errno)))")
  }
  return status.st_mode & S_IFMT == S_IFREG
}

/// Reads a file of at most a megabyte, such as a manifest.
///
/// - Returns: `nil` where there is no such file.
/// - Throws: ``CommandError`` where it is there and cannot be read, or is no regular file.
func readSmallFileIfPresent(_ path: String) throws -> [UInt8]? {
  try fileExists(path) ? try readSmallFile(path) : nil
}

/// Reads a file of at most a megabyte, such as a manifest.
///
/// - Throws: ``CommandError`` where it cannot be read, or is no regular file.
func readSmallFile(_ path: String) throws -> [UInt8] {
  // without waiting for a writer, should it be a pipe
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { throw CommandError("cannot read \(path): \(String(cString: strerror(errno)))") }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
    throw CommandError("cannot read \(path): it is no regular file; move it away")
  }
  let limit = 1 << 20
  var bytes = [UInt8](repeating: 0, count: limit + 1)
  var count = 0
  while count <= limit {
    let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + count, limit + 1 - count) }
    if got < 0, errno == EINTR { continue }
    guard got >= 0 else { throw CommandError("cannot read \(path): \(String(cString: strerror(errno)))") }
    if got == 0 { break }
    count += got
  }
  guard count <= limit else { throw CommandError("\(path) is larger than a megabyte, which it should never be") }
  return Array(bytes[..<count])
}
