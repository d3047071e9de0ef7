#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes a small file so that a reader sees the old content or the new one, never a part. Blocks.
///
/// Goes through `path` + `.partial`; one writer per path at a time. Survives a kill -9 at any point, but is not synced
/// to disk.
///
/// - Throws: `OutputFileError`; then the old content is as it was.
public func writeFileAtomically(_ path: String, _ bytes: UnsafeRawBufferPointer) throws(OutputFileError) {
  var file = try FileWriter(path: path)
  try file.write(bytes)
  try file.finish()
}

/// As `writeFileAtomically(_:_:)`, from an array.
public func writeFileAtomically(_ path: String, _ bytes: [UInt8]) throws(OutputFileError) {
  let result = bytes.withUnsafeBytes { raw in
    Result { () throws(OutputFileError) in try writeFileAtomically(path, raw) }
  }
  try result.get()
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
