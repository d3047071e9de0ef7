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

  init(position: Int, bytes: SegmentBytes, offset: Int, byte: Int) {
    self.position = position
    self.bytes = bytes
    self.offset = offset
    self.byte = byte
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
