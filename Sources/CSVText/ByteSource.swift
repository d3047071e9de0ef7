/// Where a reader gets its bytes from, front to back.
///
/// A source belongs to one thread at a time.
public protocol ByteSource: AnyObject {
  /// Reads the next bytes, at most as many as fit. Blocks.
  ///
  /// - Returns: How many bytes were read; 0 only at the end (`destination` is not empty).
  func read(into destination: UnsafeMutableRawBufferPointer) throws -> Int
}

/// Opens a file as it is or, when it begins like a gzip file (RFC 1952: `1f 8b`), decompressed.
///
/// The content decides, not the name. Works for pipes, too.
///
/// - Throws: `ByteSourceError` when the file cannot be opened or read.
public func openByteSource(path: String) throws(ByteSourceError) -> any ByteSource {
  let file = try FileByteSource(path: path)
  if try file.peek(byteCount: 2) == [0x1f, 0x8b] { return try GzipByteSource(file: file) }
  return file
}
