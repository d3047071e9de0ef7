#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes a small file so that a reader sees the old content or the new one, never a part. Blocks.
///
/// Goes through `path` + `.partial`; one writer per path at a time. Survives a kill -9 at any point.
///
/// - Parameter synced: Waits until the content is on the disk before the file takes its name. The name itself is there
///   for sure after `syncDirectory(ofFile:)`.
/// - Throws: `OutputFileError`; then the old content is as it was.
public func writeFileAtomically(
  _ path: String, _ bytes: UnsafeRawBufferPointer, synced: Bool = false
) throws(OutputFileError) {
  var file = try FileWriter(path: path)
  try file.write(bytes)
  if synced { try file.sync() }
  try file.finish()
}

/// As `writeFileAtomically(_:_:)`, from an array.
public func writeFileAtomically(_ path: String, _ bytes: [UInt8], synced: Bool = false) throws(OutputFileError) {
  let result = bytes.withUnsafeBytes { raw in
    Result { () throws(OutputFileError) in try writeFileAtomically(path, raw, synced: synced) }
  }
  try result.get()
}

/// Waits until the names in the directory of a file are on the disk.
public func syncDirectory(ofFile path: String) throws(OutputFileError) {
  let directory = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  let descriptor = open(directory, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw OutputFileError(operation: .sync, path: directory, code: errno) }
  defer { close(descriptor) }
  // a file system that cannot sync directories keeps their order in its own way
  if fsync(descriptor) != 0, errno != EINVAL {
    throw OutputFileError(operation: .sync, path: directory, code: errno)
  }
}

/// Creates a directory and those above it, as far as they are missing.
///
/// - Throws: `OutputFileError` naming the directory that could not be created.
public func createDirectories(_ path: String) throws(OutputFileError) {
  var prefix = path.hasPrefix("/") ? "/" : ""
  for part in path.split(separator: "/") {
    prefix += part
    if mkdir(prefix, 0o777) != 0 {
      let code = errno
      var status = stat()
      let exists = stat(prefix, &status) == 0
      if exists, status.st_mode & S_IFMT != S_IFDIR {
        throw OutputFileError(operation: .createDirectory, path: prefix, code: ENOTDIR)
      }
      if !exists { throw OutputFileError(operation: .createDirectory, path: prefix, code: code) }
    }
    prefix += "/"
  }
}
