/// Bytes in memory, given out in pieces: for tests and for text that is already there.
public final class MemoryByteSource: ByteSource {
  private let bytes: [UInt8]
  private let pieceByteCount: Int
  private var position = 0

  /// Creates a source of `bytes` that gives at most `pieceByteCount` of them at a time.
  public init(_ bytes: [UInt8], pieceByteCount: Int = .max) {
    self.bytes = bytes
    self.pieceByteCount = max(1, pieceByteCount)
  }

  public func read(into destination: UnsafeMutableRawBufferPointer) -> Int {
    let taken = min(bytes.count - position, destination.count, pieceByteCount)
    destination.copyBytes(from: bytes[position..<position + taken])
    position += taken
    return taken
  }
}
