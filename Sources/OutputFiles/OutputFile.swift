import Records

/// A file that appears under its name only when it is complete, with its size and SHA-256 known by then.
///
/// It is written to `path` + `.partial` and renamed by `finish()`. An unfinished one is removed with its object; after a
/// kill -9 the partial file stays until the next one of this name replaces it. A symbolic link at `path` is replaced,
/// not followed. Nothing is synced to disk unless asked for.
///
/// Belongs to one thread at a time. After an error only `discard()` makes sense.
public final class OutputFile {
  /// How many bytes are collected before they are written.
  public static let writeByteCount = 1 << 18

  /// The file's final path.
  public let path: String
  /// Bytes on their way to the file. Append to it and call `flushIfNeeded()` now and then, at least each 100 KB or so.
  public let buffer = ByteBuffer(capacity: OutputFile.writeByteCount + (1 << 16))
  var file: FileWriter
  private let digest = SHA256Digest()
  private let compressor: GzipCompressor?
  private let compressed: UnsafeMutableRawBufferPointer
  private var byteCount = 0
  private var contentByteCount = 0

  /// Creates the partial file.
  ///
  /// - Parameters:
  ///   - path: The final path; its directory exists.
  ///   - compressed: Whether to write a gzip file. Its bytes are the same for the same content and zlib.
  /// - Throws: `OutputFileError` when no file can be written there.
  public init(path: String, compressed isCompressed: Bool = false) throws(OutputFileError) {
    self.path = path
    if isCompressed {
      guard let compressor = GzipCompressor() else {
        throw OutputFileError(operation: .compress, path: path, code: 0)
      }
      self.compressor = compressor
    } else {
      compressor = nil
    }
    file = try FileWriter(path: path)
    compressed = .allocate(byteCount: isCompressed ? Self.writeByteCount : 0, alignment: 16)
  }

  deinit { compressed.deallocate() }

  /// Adds bytes to the file. Blocks now and then to write.
  ///
  /// - Throws: `OutputFileError`, most likely because the disk is full.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(OutputFileError) {
    if bytes.count >= Self.writeByteCount {
      try flush()
      try pass(bytes)
    } else {
      buffer.append(bytes)
      try flushIfNeeded()
    }
  }

  /// Writes the buffer's content when it is enough for one large write.
  ///
  /// - Throws: `OutputFileError`, most likely because the disk is full.
  @inline(__always)
  public func flushIfNeeded() throws(OutputFileError) {
    if buffer.count >= Self.writeByteCount { try flush() }
  }

  /// Completes the file and gives it its name, in place of a file that had it.
  ///
  /// - Returns: The size and digest of the file's bytes.
  /// - Throws: `OutputFileError`; then there is no new file and the old one is as it was.
  public func finish(synced: Bool = false) throws(OutputFileError) -> OutputFileSummary {
    do throws(OutputFileError) {
      try flush()
      if compressor != nil { try pass(UnsafeRawBufferPointer(start: nil, count: 0), isEnd: true) }
      if synced { try file.sync() }
      try file.finish()
    } catch {
      file.discard()
      throw error
    }
    return OutputFileSummary(path: path, bytes: byteCount, sha256: digest.finish(), contentBytes: contentByteCount)
  }

  /// Removes the partial file. The file that had the name before stays as it was.
  public func discard() { file.discard() }

  @usableFromInline
  func flush() throws(OutputFileError) {
    try pass(buffer.bytes)
    buffer.removeAll()
  }

  private func pass(_ bytes: UnsafeRawBufferPointer, isEnd: Bool = false) throws(OutputFileError) {
    contentByteCount += bytes.count
    guard let compressor else { return try put(bytes) }
    try compressor.compress(bytes, isEnd: isEnd, piece: compressed) { piece throws(OutputFileError) in try put(piece) }
  }

  private func put(_ bytes: UnsafeRawBufferPointer) throws(OutputFileError) {
    digest.update(bytes)
    byteCount += bytes.count
    try file.write(bytes)
  }
}
