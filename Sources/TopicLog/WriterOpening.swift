import CByteScan
import Records

/// What a writer begins with: the lock, the segment and sidecar to go on with, and where the topic ends.
struct WriterOpening {
  let lock: TopicLock
  private(set) var segment: LogFile
  /// The offset of that segment's first record.
  private(set) var segmentFirst = 0
  private(set) var index: IndexWriter
  /// The topic's end, its byte counted in the last segment.
  private(set) var end: LineMap.Mark
  private(set) var earlierByteCount = 0
  private(set) var isSealed = false
  private(set) var tornTail: TornTail?

  init(
    _ directory: TopicDirectory, identity: TopicIdentity, mode: TopicWriter.Mode, timeField: TimeField? = nil,
    timeOf: @escaping LineTime
  ) throws(TopicLogError) {
    if mode == .create { try directory.create() }
    lock = try TopicLock(directory)
    let metadata = try TopicMetadata.read(directory)
    try Self.check(directory, metadata, identity, mode)
    let segments = metadata?.isReplacing ?? true ? [] : try directory.segments()
    guard mode == .create || segments.first == 0 || (segments.isEmpty && metadata?.sealedNext == nil) else {
      throw TopicLogError(
        .notFound, "resume", directory.segmentPath(0), expected: "the first segment",
        actual: segments.first.map { "segments from offset \($0) on" } ?? "no segment",
        advice: "Restore the segments, or remove the topic's folder to have it written anew")
    }
    if mode == .resume, let last = segments.last {
      let watermark = try Self.completeIndexes(directory, segments, timeOf)
      let bytes = try SegmentBytes(directory.segmentPath(last))
      let size = try bytes.file.size()
      let kept = try Self.keptIndex(directory, bytes, segment: last, byteCount: size)
      var map = LineMap(kept, watermark: watermark)
      try map.extend(in: bytes, to: kept.coveredByte, includesUnended: false, timeOf: timeOf)
      end = map.reached
      segment = try LogFile(directory.segmentPath(last), .write)
      segmentFirst = last
      index = try IndexWriter(path: directory.indexPath(last), after: kept, watermark: end.watermark)
      try TopicIndex.add(bytes, to: size, from: &end, into: index, timeOf: timeOf)
      if let next = metadata?.sealedNext {
        guard next == end.offset, end.byte == size else {
          throw TopicLogError(
            .damaged, "resume", directory.path, offset: end.offset, expected: "\(next) records, as topic.json says",
            actual: "\(end.offset) whole lines and \(size - end.byte) bytes behind them",
            advice: TopicLogError.writeAnew)
        }
        try index.finish(watermark: end.watermark)
        isSealed = true
      }
      if end.byte < size { tornTail = try Self.cut(bytes, segment, from: end, to: size) }
      for first in segments.dropLast() { earlierByteCount += try LogFile(directory.segmentPath(first), .read).size() }
    } else {
      // Until the older segments are gone, topic.json says so: else an interruption would leave them as the new ones.
      if mode == .create, metadata != nil {
        try TopicMetadata(identity: identity, isReplacing: true, timeField: timeField).write(directory)
      }
      try directory.removeSegments()
      try TopicMetadata(identity: identity, timeField: timeField).write(directory)
      segment = try Self.emptySegment(directory, first: 0)
      index = try IndexWriter(path: directory.indexPath(0), after: SegmentIndex(first: 0), watermark: nil)
      end = LineMap.Mark(offset: 0, byte: 0, watermark: nil)
    }
  }

  /// Opens a segment that has no record yet.
  static func emptySegment(_ directory: TopicDirectory, first: Int) throws(TopicLogError) -> LogFile {
    let file = try LogFile(directory.segmentPath(first), .readWrite)
    let size = try file.size()
    guard size == 0 else {
      throw TopicLogError(
        .damaged, "begin", file.path, offset: first, expected: "no such file", actual: "\(size) bytes",
        advice: "Move the file away")
    }
    return file
  }

  /// Refuses what must not be resumed, or replaced.
  private static func check(
    _ directory: TopicDirectory, _ metadata: TopicMetadata?, _ identity: TopicIdentity, _ mode: TopicWriter.Mode
  ) throws(TopicLogError) {
    switch (mode, metadata) {
    case (.create, nil):
      guard let first = try directory.segments().first else { return }
      throw TopicLogError(
        .madeByHand, "replace", directory.segmentPath(first), expected: "a topic.json beside it",
        actual: "none, so the files were made by hand", advice: "Move them away, or write to another directory")
    case (.create, let metadata?):
      guard metadata.identity.name != identity.name else { return }
      throw TopicLogError(
        .identityMismatch, "replace", directory.path, expected: "topic \(identity.name)",
        actual: "topic \(metadata.identity.name)", advice: "Write to another directory, or move this one away")
    case (.resume, nil):
      throw TopicLogError(
        .notFound, "resume", directory.path, expected: "a topic.json", actual: "none",
        advice: TopicLogError.writeAnew)
    case (.resume, let metadata?):
      guard metadata.identity != identity else { return }
      throw TopicLogError(
        .identityMismatch, "resume", directory.path, expected: "\(identity)", actual: "\(metadata.identity)",
        advice: "Remove the topic's folder to have it written anew, or run with the options it was made with")
    }
  }

  /// Makes the sidecars of all segments but the last where they are missing or unfinished.
  ///
  /// - Returns: The watermark before the last segment.
  private static func completeIndexes(
    _ directory: TopicDirectory, _ segments: [Int], _ timeOf: @escaping LineTime
  ) throws(TopicLogError) -> EventTime? {
    for (position, first) in segments.enumerated().dropLast() {
      let size = try LogFile(directory.segmentPath(first), .read).size()
      let index = try SegmentIndex(directory, segment: first, byteCount: size)
      if let end = index.end, index.defect == nil {
        try checkSuccessor(directory, of: end.next, is: segments[position + 1])
        continue
      }
      let times = TimeMaps(directory, isMadeByHand: false, timeOf: timeOf)
      let watermark = try times.watermark(before: position, of: segments, tailEnd: .max)
      try TopicIndex.rebuild(
        directory, segment: first, watermark: watermark, isFinished: true, includesUnended: false, timeOf: timeOf)
      let rebuilt = try SegmentIndex(directory, segment: first, byteCount: size)
      try checkSuccessor(directory, of: rebuilt.coveredOffset, is: segments[position + 1])
    }
    let times = TimeMaps(directory, isMadeByHand: false, timeOf: timeOf)
    return try times.watermark(before: segments.count - 1, of: segments, tailEnd: .max)
  }

  /// Refuses to go on behind a hole.
  private static func checkSuccessor(
    _ directory: TopicDirectory, of next: Int, is found: Int
  ) throws(TopicLogError) {
    guard next != found else { return }
    throw TopicLogError(
      .damaged, "resume", directory.segmentPath(found), offset: next,
      expected: "a segment that begins at offset \(next)", actual: "one that begins at \(found)",
      advice: "Restore the segments, or remove the topic's folder to have it written anew")
  }

  /// The sidecar of the last segment, its checksums and numbers of lines compared with the bytes.
  ///
  /// A number of lines that is wrong where the checksum is right is the sidecar's mistake: it is kept up to there.
  private static func keptIndex(
    _ directory: TopicDirectory, _ bytes: SegmentBytes, segment first: Int, byteCount: Int
  ) throws(TopicLogError) -> SegmentIndex {
    var index = try SegmentIndex(directory, segment: first, byteCount: byteCount)
    for (position, block) in index.blocks.enumerated() {
      let (content, owner) = try bytes.view(block.byte..<block.endByte)
      defer { withExtendedLifetime(owner) {} }
      let checksum = crc32c(0, content.baseAddress, content.count)
      guard checksum == block.checksum else {
        throw TopicLogError(
          .damaged, "resume", bytes.path, offset: block.offset,
          expected: "CRC-32C \(hexadecimal(block.checksum)) in bytes \(block.byte)..<\(block.endByte)",
          actual: hexadecimal(checksum), advice: TopicLogError.writeAnew)
      }
      if count_newlines(content.baseAddress, content.count) != block.count || content.last != UInt8(ascii: "\n") {
        index.keep(position)
        break
      }
    }
    return index
  }

  private static func cut(
    _ bytes: SegmentBytes, _ segment: LogFile, from end: LineMap.Mark, to size: Int
  ) throws(TopicLogError) -> TornTail {
    let (line, owner) = try bytes.view(end.byte..<size)
    let beginning = withExtendedLifetime(owner) { String(decoding: line.prefix(256), as: UTF8.self) }
    try segment.truncate(to: end.byte)
    return TornTail(
      path: segment.path, offset: end.offset, byte: end.byte, byteCount: size - end.byte, beginning: beginning)
  }
}
