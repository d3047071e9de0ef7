import CByteScan

/// Where reading of a topic has come to, with the segment open there.
final class ReadCursor {
  /// Which segment of the topic, counted from 0.
  let position: Int
  let bytes: SegmentBytes
  /// The offset of the next record, and where in the segment it begins.
  var offset: Int
  var byte: Int
  /// The segment's length, once it is known not to grow.
  var finalByteCount: Int?

  /// The blocks of the segment's sidecar, and the bytes that were held against their checksums.
  private let blocks: [IndexBlock]
  private var verified = 0..<0

  /// - Parameter blocks: Those of the segment's sidecar, as far as there is one.
  init(position: Int, bytes: SegmentBytes, offset: Int, byte: Int, blocks: [IndexBlock]) {
    self.position = position
    self.bytes = bytes
    self.offset = offset
    self.byte = byte
    self.blocks = blocks
  }

  /// Holds the blocks that these bytes lie in against their checksums, each once while reading goes on.
  ///
  /// - Throws: ``TopicLogError``: `damaged` with the block's offset and both checksums.
  func verify(_ range: Range<Int>) throws(TopicLogError) {
    if range.lowerBound >= verified.lowerBound, range.upperBound <= verified.upperBound { return }
    if !verified.contains(range.lowerBound) { verified = range.lowerBound..<range.lowerBound }
    var index = blocks.firstIndexBeyond { $0.byte <= verified.upperBound } - 1
    if index < 0 { index = 0 }
    while index < blocks.count, blocks[index].byte < range.upperBound {
      let block = blocks[index]
      index += 1
      guard block.endByte > verified.upperBound || verified.isEmpty else { continue }
      let (content, owner) = try bytes.view(block.byte..<block.endByte)
      let actual = withExtendedLifetime(owner) { crc32c(0, content.baseAddress, content.count) }
      guard actual == block.checksum else {
        throw TopicLogError(
          .damaged, "read", bytes.path, offset: block.offset,
          expected: "\(block.byteCount) bytes from byte \(block.byte) on with CRC-32C \(hexadecimal(block.checksum)), "
            + "as its .index says",
          actual: hexadecimal(actual), advice: TopicLogError.writeAnew)
      }
      verified = min(verified.lowerBound, block.byte)..<max(verified.upperBound, block.endByte)
    }
  }

  /// Goes through lines from here on until the offset `target`.
  ///
  /// - Parameter end: The segment counts as ending at this byte.
  /// - Returns: Whether there were as many lines.
  func skip(to target: Int, end: Int) throws(TopicLogError) -> Bool {
    while offset < target {
      guard
        let lines = try bytes.lines(
          from: byte, to: end, maxBytes: IndexWriter.blockBytes, maxCount: target - offset)
      else { return false }
      offset += lines.count
      byte += lines.bytes.count
    }
    return true
  }
}
