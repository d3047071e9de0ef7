import Records

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The sidecars of a topic as a whole.
public enum TopicIndex {
  /// Writes all sidecars of a topic anew, from what the segments hold now.
  ///
  /// Checksums are made from the present bytes: whoever suspects damage should run ``TopicVerifier`` first. Takes the
  /// topic's lock. Reads the whole topic; blocks for as long.
  ///
  /// - Parameters:
  ///   - directory: The topic's directory.
  ///   - timeOf: The event time of a line.
  /// - Throws: ``TopicLogError`` where the topic cannot be read, its sidecars not be written, or another writer has it.
  public static func rebuild(directory path: String, timeOf: @escaping LineTime) throws(TopicLogError) {
    let directory = TopicDirectory(path)
    let segments = try directory.segments()
    let lock = try TopicLock(directory)
    let metadata = try TopicMetadata.read(directory)
    var watermark: EventTime?
    for (position, first) in segments.enumerated() {
      let isFinished = metadata == nil || metadata?.sealedNext != nil || position + 1 < segments.count
      watermark = try rebuild(
        directory, segment: first, watermark: watermark, isFinished: isFinished, includesUnended: metadata == nil,
        timeOf: timeOf)
    }
    withExtendedLifetime(lock) {}
  }

  /// Writes one sidecar anew.
  ///
  /// - Parameters:
  ///   - watermark: That of the topic before the segment.
  ///   - isFinished: Whether no record follows in this segment.
  ///   - includesUnended: Whether what follows the last `\n` is a record.
  /// - Returns: The watermark of the topic behind the segment.
  @discardableResult
  static func rebuild(
    _ directory: TopicDirectory, segment first: Int, watermark before: EventTime?, isFinished: Bool,
    includesUnended: Bool, timeOf: LineTime
  ) throws(TopicLogError) -> EventTime? {
    let temporary = directory.indexPath(first) + ".tmp"
    let writer = try IndexWriter(path: temporary, after: SegmentIndex(first: first), watermark: before)
    let bytes = try SegmentBytes(directory.segmentPath(first))
    let size = try bytes.file.size()
    var end = LineMap.Mark(offset: first, byte: 0, watermark: before)
    try add(bytes, to: size, from: &end, into: writer, timeOf: timeOf)
    if includesUnended, end.byte < size {
      let (line, owner) = try bytes.view(end.byte..<size)
      withExtendedLifetime(owner) {
        let time = timeOf(line)
        writer.add(line, count: 1, watermark: end.watermark, maxTime: time, timeOf: timeOf)
        end.watermark = later(end.watermark, time)
      }
    }
    if isFinished { try writer.finish(watermark: end.watermark) } else { try writer.close() }
    if rename(temporary, directory.indexPath(first)) != 0 {
      throw .system(errno, "replace", directory.indexPath(first))
    }
    return end.watermark
  }

  /// Adds all whole lines between `mark` and `end` to a sidecar; `mark` moves behind them.
  static func add(
    _ bytes: SegmentBytes, to end: Int, from mark: inout LineMap.Mark, into writer: IndexWriter, timeOf: LineTime
  ) throws(TopicLogError) {
    while let lines = try bytes.lines(from: mark.byte, to: end, maxBytes: IndexWriter.blockBytes) {
      var maxTime: EventTime?
      lines.bytes.eachLine { line, _ in maxTime = later(maxTime, timeOf(line)) }
      writer.add(lines.bytes, count: lines.count, watermark: mark.watermark, maxTime: maxTime, timeOf: timeOf)
      try writer.flushIfFull()
      mark.offset += lines.count
      mark.byte += lines.bytes.count
      mark.watermark = later(mark.watermark, maxTime)
    }
  }
}
