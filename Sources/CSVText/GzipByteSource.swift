import CZlib

/// A gzip file's content (RFC 1952), all members of it one after another.
///
/// Zero bytes after the last member are ignored, as `gzip` does; anything else there is an error.
public final class GzipByteSource: ByteSource {
  private static let inputByteCount = 1 << 17

  private let file: FileByteSource
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableRawBufferPointer
  private var fileEnded = false
  private var isInsideMember = true

  /// Opens a gzip file.
  ///
  /// - Throws: `ByteSourceError` when it cannot be opened. Whether it is a gzip file shows at the first read.
  public convenience init(path: String) throws(ByteSourceError) {
    try self.init(file: FileByteSource(path: path))
  }

  init(file: FileByteSource) throws(ByteSourceError) {
    self.file = file
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    input = .allocate(byteCount: Self.inputByteCount, alignment: 16)
    // 15 bits of window, plus 16 for a gzip header and nothing else.
    let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    if status != Z_OK { throw ByteSourceError(reason: .outOfMemory, path: file.path, byte: 0) }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  /// Decompresses the next bytes. Blocks.
  ///
  /// - Throws: `ByteSourceError` naming the path and the byte of the compressed file at which it is damaged or ends.
  public func read(into destination: UnsafeMutableRawBufferPointer) throws(ByteSourceError) -> Int {
    let room = min(destination.count, 1 << 30)
    stream.pointee.next_out = destination.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = uInt(room)
    while Int(stream.pointee.avail_out) == room {
      if stream.pointee.avail_in == 0, !fileEnded { try fill() }
      if !isInsideMember, try !startMember() { return 0 }
      let status = inflate(stream, Z_NO_FLUSH)
      switch status {
      case Z_OK: break
      case Z_STREAM_END:
        isInsideMember = false
      case Z_BUF_ERROR where stream.pointee.avail_in == 0 && !fileEnded: break
      case Z_BUF_ERROR where stream.pointee.avail_in == 0: throw error(.truncatedGzip)
      case Z_MEM_ERROR: throw error(.outOfMemory)
      default: throw error(.corruptGzip(detail: stream.pointee.msg.map { String(cString: $0) } ?? "error \(status)"))
      }
    }
    return room - Int(stream.pointee.avail_out)
  }

  /// Goes on to the member that follows a finished one.
  ///
  /// - Returns: Whether there is one.
  private func startMember() throws(ByteSourceError) -> Bool {
    var isPadding = false
    while true {
      if stream.pointee.avail_in == 0 {
        if fileEnded { return false }
        try fill()
        continue
      }
      guard stream.pointee.next_in.pointee == 0 else { break }
      isPadding = true
      stream.pointee.next_in += 1
      stream.pointee.avail_in -= 1
    }
    guard !isPadding, stream.pointee.next_in.pointee == 0x1f else {
      throw error(.corruptGzip(detail: "other data follow the end"))
    }
    inflateReset(stream)
    isInsideMember = true
    return true
  }

  private func fill() throws(ByteSourceError) {
    let taken = try file.read(into: input)
    fileEnded = taken == 0
    stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = uInt(taken)
  }

  private func error(_ reason: ByteSourceError.Reason) -> ByteSourceError {
    ByteSourceError(reason: reason, path: file.path, byte: file.position - Int(stream.pointee.avail_in))
  }
}
