import CByteScan
import Records

/// Writes one segment's sidecar while the segment grows.
///
/// Blocks are collected in memory and appended some at a time: a reader scans what the sidecar does not cover yet.
final class IndexWriter {
  /// A block is closed when it has this many bytes.
  static let blockBytes = 64 << 10
  /// A block does not grow beyond this many bytes by whole appends.
  static let blockBytesLimit = 96 << 10
  /// Longer pieces than this are cut into blocks in their middle.
  static let pieceBytesLimit = 128 << 10
  /// Lines are written out when there are this many bytes of them.
  static let pendingBytesLimit = 4 << 10

  private let file: LogFile
  /// How many bytes of the file are written and good.
  private var fileBytes: Int
  private let pending = ByteBuffer(capacity: 8 << 10)
  private var open: IndexBlock
  private var isFinished = false

  /// Begins a sidecar, or goes on with one.
  ///
  /// - Parameters:
  ///   - index: The blocks that are kept; what else is in the file is cut off.
  ///   - watermark: That of the records before the first one that is added.
  init(path: String, after index: SegmentIndex, watermark: EventTime?) throws(TopicLogError) {
    file = try LogFile(path, index.blockByteCount == 0 ? .replace : .write)
    try file.truncate(to: index.blockByteCount)
    fileBytes = index.blockByteCount
    open = IndexBlock(
      offset: index.coveredOffset, byte: index.coveredByte, count: 0, byteCount: 0, watermark: watermark, checksum: 0)
  }

  /// Counts whole lines that were appended to the segment.
  ///
  /// - Parameters:
  ///   - lines: The lines, `count` of them.
  ///   - watermark: That of all records before them.
  ///   - maxTime: The highest time among them.
  func add(
    _ lines: UnsafeRawBufferPointer, count: Int, watermark: EventTime?, maxTime: EventTime?, timeOf: LineTime
  ) {
    var rest = lines
    var restCount = count
    var watermark = watermark
    while rest.count > Self.pieceBytesLimit {
      var taken = 0
      var length = take_lines(rest.baseAddress, Self.blockBytes, .max, &taken)
      if length == 0 {
        length = find_nth_newline(rest.baseAddress, rest.count, 1) + 1
        taken = 1
      }
      if length >= rest.count { break }
      let piece = rest.part(0..<length)
      addPiece(piece, count: taken, watermark: watermark)
      watermark = later(watermark, piece.highestTime(above: watermark, upTo: maxTime, timeOf))
      rest = rest.part(length..<rest.count)
      restCount -= taken
    }
    addPiece(rest, count: restCount, watermark: watermark)
  }

  private func addPiece(_ lines: UnsafeRawBufferPointer, count: Int, watermark: EventTime?) {
    if open.byteCount > 0, open.byteCount + lines.count > Self.blockBytesLimit { closeBlock() }
    if open.byteCount == 0 { open.watermark = watermark }
    open.checksum = crc32c(open.checksum, lines.baseAddress, lines.count)
    open.count += count
    open.byteCount += lines.count
    if open.byteCount >= Self.blockBytes { closeBlock() }
  }

  /// Writes out the collected lines where they have become many. To be called while nothing is half done.
  func flushIfFull() throws(TopicLogError) {
    if pending.count >= Self.pendingBytesLimit { try flush() }
  }

  /// Writes out all closed blocks.
  func flush() throws(TopicLogError) {
    try file.write(pending.bytes, at: fileBytes)
    fileBytes += pending.count
    pending.removeAll()
  }

  /// Closes the last block and sums up. Can be called again after it failed.
  func finish(watermark: EventTime?) throws(TopicLogError) {
    if !isFinished {
      closeBlock()
      IndexEnd(next: open.offset, byteCount: open.byte, watermark: watermark).write(to: pending)
      isFinished = true
    }
    try flush()
  }

  /// Closes the last block though it is not full, and writes out.
  func close() throws(TopicLogError) {
    closeBlock()
    try flush()
  }

  func sync() throws(TopicLogError) { try file.sync() }

  private func closeBlock() {
    guard open.byteCount > 0 else { return }
    open.write(to: pending)
    open = IndexBlock(offset: open.endOffset, byte: open.endByte, count: 0, byteCount: 0, checksum: 0)
  }
}

extension UnsafeRawBufferPointer {
  /// The highest event time among these lines, as far as it can matter.
  ///
  /// - Parameters:
  ///   - floor: Times up to this one are of no interest.
  ///   - ceiling: No line has a higher time; the search ends when it is met.
  func highestTime(above floor: EventTime?, upTo ceiling: EventTime?, _ timeOf: LineTime) -> EventTime? {
    guard let ceiling, floor.map({ $0 < ceiling }) ?? true else { return nil }
    var highest: EventTime?
    var at = 0
    while at < count, highest != ceiling {
      let length = find_nth_newline(baseAddress! + at, count - at, 1)
      highest = later(highest, timeOf(part(at..<(at + length))))
      at += length + 1
    }
    return highest
  }
}
