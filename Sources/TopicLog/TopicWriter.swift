import CByteScan
import Records

/// Appends records to a topic's message files.
///
/// One thread, one writer per topic. What ``append(_:count:maxTime:)`` has returned from is in the file, so a killed
/// process loses nothing; only ``sync()`` waits for the disk. A writer that is released without ``close()`` leaves
/// sidecars that are short, which costs the next reader or writer a scan and nothing else.
public final class TopicWriter {
  public let identity: TopicIdentity
  /// What was cut off when the topic was resumed.
  public let tornTail: TornTail?
  /// The offset of the next record: the number of records, as a writer's topic begins at 0.
  public internal(set) var nextOffset: Int
  /// The highest event time so far.
  public internal(set) var watermark: EventTime?
  /// Whether the topic is complete.
  public internal(set) var isSealed: Bool
  /// The length of all segments together, in bytes.
  public var byteCount: Int { earlierByteCount + segmentByteCount }

  let directory: TopicDirectory
  let options: Options
  let timeOf: LineTime
  private let writeCall: PositionedWrite
  private var lock: TopicLock?
  private var segment: LogFile
  private var index: IndexWriter
  private var segmentByteCount: Int
  private var earlierByteCount: Int
  /// Segments that have ended since the last ``sync()``, by their first offsets.
  private var unsyncedSegments: [Int] = []
  private var segmentFirst: Int
  /// Why no more is accepted, after a failure that could not be undone.
  private var failure: TopicLogError?

  /// Opens a topic for writing.
  ///
  /// - Parameters:
  ///   - directory: The topic's directory; made where it is missing.
  ///   - identity: What the content is the result of. Resuming demands the same.
  ///   - options: Where segments end. Resuming with other options is possible; the boundaries then depend on where.
  ///   - mode: Begin anew or go on.
  ///   - timeOf: The event time of a line. Called for few lines only: where a day begins, where the size limit falls
  ///     into an append, and for what the sidecars do not cover when a topic is resumed.
  /// - Throws: ``TopicLogError``: `locked` names the writer that has the topic; `identityMismatch`, `notFound` (nothing
  ///   to resume), `madeByHand` (nothing to replace), `damaged`, `unsupportedFormat`, `system`.
  public convenience init(
    directory: String, identity: TopicIdentity, options: Options = Options(), mode: Mode,
    timeOf: @escaping LineTime
  ) throws(TopicLogError) {
    try self.init(
      directory: directory, identity: identity, options: options, mode: mode, timeOf: timeOf,
      writeCall: LogFile.systemWrite)
  }

  init(
    directory path: String, identity: TopicIdentity, options: Options, mode: Mode, timeOf: @escaping LineTime,
    writeCall: @escaping PositionedWrite
  ) throws(TopicLogError) {
    let directory = TopicDirectory(path)
    let opening = try WriterOpening(
      directory, identity: identity, mode: mode, timeField: options.timeField, timeOf: timeOf)
    self.directory = directory
    self.identity = identity
    self.options = options
    self.timeOf = timeOf
    self.writeCall = writeCall
    lock = opening.lock
    tornTail = opening.tornTail
    nextOffset = opening.end.offset
    watermark = opening.end.watermark
    isSealed = opening.isSealed
    segment = opening.segment
    segmentFirst = opening.segmentFirst
    index = opening.index
    segmentByteCount = opening.end.byte
    earlierByteCount = opening.earlierByteCount
  }

  /// Appends records.
  ///
  /// Normally one `write`, two where a segment ends among the records. When it fails, nothing of this append is left in
  /// the files and it can be tried again; where that cannot be had (a segment had ended in its middle), the error says
  /// so and the writer refuses further work.
  ///
  /// - Parameters:
  ///   - lines: Whole lines, each ended by `\n`.
  ///   - count: How many lines.
  ///   - maxTime: The highest event time among them; nothing where none has one.
  /// - Throws: ``TopicLogError``: `system` where the file system refuses, `sealed`, `misuse` where the arguments
  ///   contradict each other.
  public func append(_ lines: UnsafeRawBufferPointer, count: Int, maxTime: EventTime?) throws(TopicLogError) {
    try checkUsable()
    if lines.isEmpty, count == 0 { return }
    try check(lines, count: count)
    try index.flushIfFull()
    var rest = lines
    var restCount = count
    while !rest.isEmpty {
      do throws(TopicLogError) {
        let piece = try nextPiece(of: rest, maxTime: maxTime)
        if piece.opensSegment { try openSegment() }
        try write(piece.byteCount < rest.count ? rest.part(0..<piece.byteCount) : rest)
        let written = rest.part(0..<piece.byteCount)
        let isLast = piece.byteCount == rest.count
        let pieceCount = isLast ? restCount : count_newlines(written.baseAddress, written.count)
        let pieceTime = isLast ? maxTime : written.highestTime(above: watermark, upTo: maxTime, timeOf)
        index.add(written, count: pieceCount, watermark: watermark, maxTime: pieceTime, timeOf: timeOf)
        segmentByteCount += piece.byteCount
        nextOffset += pieceCount
        watermark = later(watermark, pieceTime)
        rest = rest.part(piece.byteCount..<rest.count)
        restCount -= pieceCount
      } catch {
        if rest.count < lines.count { fail(error) }
        throw failure ?? error
      }
    }
  }

  /// Finishes the topic: no record follows. Blocks for two small writes; sealing a sealed topic does nothing.
  ///
  /// - Throws: ``TopicLogError`` where the sidecar or `topic.json` cannot be written; it can be tried again.
  public func seal() throws(TopicLogError) {
    if isSealed { return }
    try checkUsable()
    try index.finish(watermark: watermark)
    try TopicMetadata(identity: identity, sealedNext: nextOffset, timeField: options.timeField).write(directory)
    isSealed = true
  }

  /// Writes out the checksums of everything appended so far, which otherwise are a block behind.
  public func flushChecksums() throws(TopicLogError) {
    if !isSealed { try index.close() }
  }

  /// Waits until everything appended so far is on the disk.
  public func sync() throws(TopicLogError) {
    for first in unsyncedSegments {
      try LogFile(directory.segmentPath(first), .write).sync()
      try LogFile(directory.indexPath(first), .write).sync()
    }
    unsyncedSegments = []
    try segment.sync()
    try flushChecksums()
    try index.sync()
    try directory.sync()
  }

  /// Writes out the sidecar and gives the topic free for other writers. Closing twice does nothing.
  public func close() throws(TopicLogError) {
    guard lock != nil else { return }
    defer { lock = nil }
    if !isSealed { try index.flush() }
  }

  private func checkUsable() throws(TopicLogError) {
    if let failure { throw failure }
    if lock == nil {
      throw TopicLogError(
        .misuse, "append to", directory.path, offset: nextOffset, actual: "a closed writer",
        advice: "Open the topic again with mode resume")
    }
    if isSealed {
      throw TopicLogError(
        .sealed, "append to", directory.path, offset: nextOffset, actual: "a topic that is complete",
        advice: "Make the topic anew (mode create) to change it")
    }
  }

  private func check(_ lines: UnsafeRawBufferPointer, count: Int) throws(TopicLogError) {
    let found = count_newlines(lines.baseAddress, lines.count)
    guard found == count, lines.last == UInt8(ascii: "\n") else {
      throw TopicLogError(
        .misuse, "append to", directory.path, offset: nextOffset, expected: "\(count) lines, each ended by a newline",
        actual: "\(found) newlines in \(lines.count) bytes\(lines.last == 10 ? "" : ", the last line unended")",
        advice: "Pass whole lines and their number")
    }
  }

  private func nextPiece(
    of lines: UnsafeRawBufferPointer, maxTime: EventTime?
  ) throws(TopicLogError) -> SegmentBoundary.Piece {
    let boundary = SegmentBoundary(
      options: options, segmentByteCount: segmentByteCount, highestDay: watermark?.date, timeOf: timeOf)
    guard let piece = boundary.nextPiece(of: lines, maxTime: maxTime) else {
      throw TopicLogError(
        .misuse, "append to", directory.path, offset: nextOffset, expected: "a line of the highest time",
        actual: "no line of \(maxTime.map { "\($0)" } ?? "none")", advice: "Pass the highest event time of the lines")
    }
    return piece
  }

  private func openSegment() throws(TopicLogError) {
    try index.finish(watermark: watermark)
    let next = try WriterOpening.emptySegment(directory, first: nextOffset)
    index = try IndexWriter(
      path: directory.indexPath(nextOffset), after: SegmentIndex(first: nextOffset), watermark: watermark)
    segment = next
    unsyncedSegments.append(segmentFirst)
    segmentFirst = nextOffset
    earlierByteCount += segmentByteCount
    segmentByteCount = 0
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws(TopicLogError) {
    do throws(TopicLogError) {
      try segment.write(bytes, at: segmentByteCount, by: writeCall)
    } catch {
      var error = error
      error.offset = nextOffset
      do throws(TopicLogError) { try segment.truncate(to: segmentByteCount) } catch { fail(error) }
      throw error
    }
  }

  private func fail(_ error: TopicLogError) {
    var error = error
    error.offset = nextOffset
    error.advice += ", then open the topic again with mode resume: this append is in the file in part"
    failure = failure ?? error
  }
}
