import CByteScan
import Records

/// Holds a topic's files against each other: checksums, line counts, names, sidecars, the seal.
public enum TopicVerifier {
  /// Reads a whole topic. Blocks for as long; takes no lock, so a topic can be verified while it is written.
  ///
  /// - Parameters:
  ///   - directory: The topic's directory.
  ///   - timeOf: The event time of a line; with nothing, watermarks are compared only with each other.
  /// - Returns: What was seen, damage included.
  /// - Throws: ``TopicLogError`` where there is no topic, or a file cannot be read at all.
  public static func verify(directory path: String, timeOf: LineTime? = nil) throws(TopicLogError) -> VerificationReport
  {
    let directory = TopicDirectory(path)
    var report = VerificationReport()
    var metadata: TopicMetadata?
    var isMadeByHand = false
    do throws(TopicLogError) {
      metadata = try TopicMetadata.read(directory)
      isMadeByHand = metadata == nil
    } catch {
      guard error.errno == nil else { throw error }
      report.findings.append(
        VerificationFinding(
          kind: .metadata, path: error.path, expected: error.expected ?? "", actual: error.actual ?? ""))
    }
    let segments = try directory.segments()
    guard !isMadeByHand || !segments.isEmpty else {
      throw TopicLogError(
        .notFound, "verify", directory.path, expected: "a topic.json or segments", actual: "neither",
        advice: "Check the path")
    }
    report.identity = metadata?.identity
    report.isSealed = isMadeByHand || metadata?.sealedNext != nil
    if metadata?.isReplacing == true { return report }
    var next = isMadeByHand ? segments[0] : 0
    var watermark: EventTime?
    for (position, first) in segments.enumerated() {
      if first != next {
        report.findings.append(
          VerificationFinding(
            kind: .segmentName, path: directory.segmentPath(first), offsets: min(first, next)..<max(first, next),
            expected: "a segment that begins at offset \(next)", actual: "one that begins at \(first)"))
      }
      let isFinished = report.isSealed || position + 1 < segments.count
      var check = try SegmentCheck(
        directory, segment: first, isFinished: isFinished, isMadeByHand: isMadeByHand, watermark: watermark,
        isWatermarkKnown: first == next, timeOf: timeOf)
      try check.run()
      report.add(check)
      next = check.end.offset
      watermark = check.end.watermark
    }
    for first in try directory.indexes() where !segments.contains(first) {
      report.findings.append(
        VerificationFinding(
          kind: .segmentName, path: directory.segmentPath(first), expected: "the segment of a sidecar",
          actual: "no such file"))
    }
    if let sealed = metadata?.sealedNext, sealed != next {
      report.findings.append(
        VerificationFinding(
          kind: .seal, path: directory.metadataPath, offsets: min(sealed, next)..<max(sealed, next),
          expected: "complete lines up to offset \(sealed)", actual: "up to \(next)"))
    }
    return report
  }
}

extension VerificationReport {
  fileprivate mutating func add(_ check: SegmentCheck) {
    segmentCount += 1
    recordCount += check.end.offset - check.first
    byteCount += check.byteCount
    blockCount += check.index.blocks.count
    checkedByteCount += check.index.coveredByte
    findings += check.findings
  }
}
