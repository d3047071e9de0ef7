import CZlib
import Records

/// Compresses a stream to one gzip member (RFC 1952) whose bytes depend on the content and zlib alone: no time, no name,
/// no operating system in its header.
final class GzipCompressor {
  private let stream: UnsafeMutablePointer<z_stream>
  private let header: UnsafeMutablePointer<gz_header>

  /// - Returns: Nil when there is no memory.
  init?() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    header = .allocate(capacity: 1)
    header.initialize(to: gz_header())
    header.pointee.os = 255
    // 15 bits of window, plus 16 for a gzip header; 8 is zlib's usual share of memory.
    let status = deflateInit2_(
      stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK, deflateSetHeader(stream, header) == Z_OK else { return nil }
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
    header.deallocate()
  }

  /// Compresses more bytes, and at the end what zlib still holds, and gives the output to `write` in pieces.
  func compress(
    _ bytes: UnsafeRawBufferPointer, isEnd: Bool, piece: UnsafeMutableRawBufferPointer,
    write: (UnsafeRawBufferPointer) throws(OutputFileError) -> Void
  ) throws(OutputFileError) {
    var rest = bytes
    repeat {
      let taken = min(rest.count, 1 << 30)
      stream.pointee.next_in = UnsafeMutableRawPointer(mutating: rest.baseAddress)?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_in = uInt(taken)
      rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
      let flush = isEnd && rest.isEmpty ? Z_FINISH : Z_NO_FLUSH
      repeat {
        stream.pointee.next_out = piece.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = uInt(piece.count)
        _ = deflate(stream, flush)
        let made = piece.count - Int(stream.pointee.avail_out)
        if made > 0 { try write(UnsafeRawBufferPointer(rebasing: piece[..<made])) }
      } while stream.pointee.avail_out == 0
    } while !rest.isEmpty
  }
}
