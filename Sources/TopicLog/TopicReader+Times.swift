import CByteScan
import Records

extension TopicReader {
  /// The first record at which the running maximum of event time reaches `time`.
  ///
  /// In a topic whose records come in time order that is the first record at or after `time`; a late record is never the
  /// answer. Looks up the sidecars, then reads about one block of lines; what no sidecar covers is read once.
  ///
  /// - Returns: Its offset; ``nextOffset`` where no record comes so far.
  public func offset(atOrAfter time: EventTime) throws(TopicLogError) -> Int {
    guard !segments.isEmpty else { return nextOffset }
    let beyond = try Array(segments.indices).firstIndexBeyond { position throws(TopicLogError) in
      try times.watermark(before: position, of: segments, tailEnd: tailMap.reached.byte).map { $0 < time } ?? true
    }
    let position = max(0, beyond - 1)
    let bytes = try SegmentBytes(directory.segmentPath(segments[position]))
    let end = position == segments.count - 1 ? tailMap.reached.byte : try bytes.file.size()
    let mark = try times.map(of: position, in: segments, tailEnd: end).mark(below: time)
    try bytes.checkLine(mark)
    var offset = mark.offset
    var byte = mark.byte
    while let lines = try bytes.lines(from: byte, to: end, maxBytes: IndexWriter.blockBytes) {
      if let index = firstLine(of: lines.bytes, atOrAfter: time) {
        guard offset + index < endOffset(of: position) else {
          throw miscounted(
            ReadCursor(
              position: position, bytes: bytes, offset: offset + lines.count, byte: byte + lines.bytes.count,
              blocks: []), end)
        }
        return offset + index
      }
      offset += lines.count
      byte += lines.bytes.count
    }
    if isMadeByHand, byte < end {
      let (line, owner) = try bytes.view(byte..<end)
      let reaches = withExtendedLifetime(owner) { timeOf(line).map { $0 >= time } ?? false }
      if reaches { return offset }
    }
    return endOffset(of: position)
  }

  private func firstLine(of lines: UnsafeRawBufferPointer, atOrAfter time: EventTime) -> Int? {
    var index = 0
    var at = 0
    while at < lines.count {
      let length = find_nth_newline(lines.baseAddress! + at, lines.count - at, 1)
      if let found = timeOf(lines.part(at..<(at + length))), found >= time { return index }
      index += 1
      at += length + 1
    }
    return nil
  }
}
