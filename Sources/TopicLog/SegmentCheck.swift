import CByteScan
import Records

/// Verifies one segment and its sidecar.
struct SegmentCheck {
  let first: Int
  let byteCount: Int
  let index: SegmentIndex
  /// Where the segment ends, and the watermark there, as far as the check has come.
  private(set) var end: LineMap.Mark
  private(set) var findings: [VerificationFinding] = []

  private let path: String
  private let indexPath: String
  private let bytes: SegmentBytes
  private let isFinished: Bool
  private let isMadeByHand: Bool
  private let timeOf: LineTime?
  /// Whether the bytes so far are sound, so that what follows from them can be held against the sidecar.
  private var isWatermarkKnown: Bool

  /// - Parameters:
  ///   - isFinished: Whether no record follows in this segment, so that the sidecar must cover all of it.
  ///   - watermark: That of the topic before the segment.
  ///   - isWatermarkKnown: Whether all records before the segment were there.
  init(
    _ directory: TopicDirectory, segment first: Int, isFinished: Bool, isMadeByHand: Bool, watermark: EventTime?,
    isWatermarkKnown: Bool, timeOf: LineTime?
  ) throws(TopicLogError) {
    self.first = first
    self.isFinished = isFinished
    self.isMadeByHand = isMadeByHand
    self.timeOf = timeOf
    self.isWatermarkKnown = isWatermarkKnown
    path = directory.segmentPath(first)
    indexPath = directory.indexPath(first)
    bytes = try SegmentBytes(path)
    // The sidecar first: a writer that is at work is behind with it, never ahead.
    let early = try SegmentIndex(directory, segment: first, byteCount: .max)
    byteCount = try bytes.file.size()
    index =
      early.coveredByte <= byteCount ? early : try SegmentIndex(directory, segment: first, byteCount: byteCount)
    end = LineMap.Mark(offset: first, byte: 0, watermark: watermark)
  }

  mutating func run() throws(TopicLogError) {
    for block in index.blocks { try check(block) }
    if let summary = index.end { compare(summary.watermark, at: end.offset..<end.offset) }
    try countRest()
    checkCoverage()
  }

  private mutating func check(_ block: IndexBlock) throws(TopicLogError) {
    let offsets = block.offset..<block.endOffset
    compare(block.watermark, at: offsets)
    let range = block.byte..<block.endByte
    let (content, owner) = try bytes.view(range)
    defer { withExtendedLifetime(owner) {} }
    let checksum = crc32c(0, content.baseAddress, content.count)
    if checksum != block.checksum {
      report(.checksum, path, offsets, range, "CRC-32C \(hexadecimal(block.checksum))", hexadecimal(checksum))
      isWatermarkKnown = false
    }
    let isEnded = content.last == UInt8(ascii: "\n")
    let mayBeUnended = isMadeByHand && block.endByte == byteCount
    if !isEnded, !mayBeUnended {
      report(.unendedLine, path, offsets, range, "a newline at the block's end", "none")
    }
    let lines = count_newlines(content.baseAddress, content.count) + (isEnded || !mayBeUnended ? 0 : 1)
    if lines != block.count { report(.lineCount, path, offsets, range, "\(block.count) lines", "\(lines)") }
    end.watermark = later(end.watermark, highestTime(content))
    end.offset = block.endOffset
    end.byte = block.endByte
  }

  /// Holds a sidecar's watermark against that of the records before it.
  private mutating func compare(_ stated: EventTime?, at offsets: Range<Int>) {
    let isRight = timeOf == nil ? later(end.watermark, stated) == stated : stated == end.watermark
    if !isRight, isWatermarkKnown {
      report(.watermark, indexPath, offsets, nil, "\(describe(end.watermark)) before them", describe(stated))
    }
    end.watermark = stated
    isWatermarkKnown = true
  }

  /// Goes through what the sidecar does not cover.
  private mutating func countRest() throws(TopicLogError) {
    while let lines = try bytes.lines(from: end.byte, to: byteCount, maxBytes: IndexWriter.blockBytes) {
      end.watermark = later(end.watermark, highestTime(lines.bytes))
      end.offset += lines.count
      end.byte += lines.bytes.count
    }
    guard end.byte < byteCount else { return }
    let rest = end.byte..<byteCount
    if isMadeByHand {
      let (line, owner) = try bytes.view(rest)
      withExtendedLifetime(owner) { end.watermark = later(end.watermark, highestTime(line)) }
      end.offset += 1
      end.byte = byteCount
    } else {
      report(
        .unendedLine, path, end.offset..<(end.offset + 1), rest, "a newline at the file's end",
        "\(rest.count) bytes without one")
    }
  }

  private mutating func checkCoverage() {
    let uncovered = index.coveredByte..<max(end.byte, index.coveredByte)
    let offsets = index.coveredOffset..<max(end.offset, index.coveredOffset)
    if let defect = index.defect {
      let place = "in line \(defect.line)"
      report(.index, indexPath, offsets, uncovered, "\(defect.expected) \(place)", defect.actual)
    } else if isMadeByHand ? index.exists && !uncovered.isEmpty : (isFinished || index.end != nil) && !uncovered.isEmpty
    {
      report(
        .indexCoverage, indexPath, offsets, uncovered, "blocks up to byte \(end.byte)",
        index.exists ? "blocks up to byte \(index.coveredByte)" : "no such file")
    } else if !isMadeByHand, isFinished, index.end == nil {
      report(
        .indexCoverage, indexPath, offsets, uncovered, "a line that sums up",
        index.exists ? "none" : "no such file")
    }
  }

  private func highestTime(_ lines: UnsafeRawBufferPointer) -> EventTime? {
    guard let timeOf else { return nil }
    var highest: EventTime?
    lines.eachLine { line, _ in highest = later(highest, timeOf(line)) }
    return highest
  }

  private func describe(_ watermark: EventTime?) -> String { watermark.map { "watermark \($0)" } ?? "no watermark" }

  private mutating func report(
    _ kind: VerificationFinding.Kind, _ path: String, _ offsets: Range<Int>, _ bytes: Range<Int>?, _ expected: String,
    _ actual: String
  ) {
    findings.append(
      VerificationFinding(
        kind: kind, path: path, offsets: offsets, bytes: bytes, expected: expected, actual: actual))
  }
}
