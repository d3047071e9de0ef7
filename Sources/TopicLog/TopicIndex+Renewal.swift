import CByteScan
import Records

extension TopicIndex {
  /// What was wrong with a sidecar before it was made anew.
  public struct Renewal: Equatable, Sendable {
    public enum Kind: String, Sendable {
      case missing, differed, sound
      /// A sidecar without a segment, which was removed.
      case stray
    }

    public var path: String
    public var kind: Kind
    /// The first thing that differed.
    public var expected: String?
    public var actual: String?
  }

  /// Makes all sidecars anew and says what was wrong with them.
  ///
  /// Checksums are made from the present bytes. Where the messages themselves are not those that `topic.json` and the
  /// files' names promise, nothing is touched; likewise where bytes that disagree with their checksum are no messages.
  /// Takes the topic's lock. Reads the topic twice; blocks for as long.
  ///
  /// - Parameters:
  ///   - timeOf: The event time of a line.
  ///   - defectOf: Says why a line is no message; nothing where it is one.
  /// - Throws: ``TopicLogError``: `damaged` where the content contradicts its seal, `locked`, `system`.
  public static func renew(
    directory path: String, timeOf: @escaping LineTime, defectOf: (UnsafeRawBufferPointer) -> String?
  ) throws(TopicLogError) -> [Renewal] {
    let directory = TopicDirectory(path)
    let metadata = try TopicMetadata.read(directory)
    let segments = metadata?.isReplacing == true ? [] : try directory.segments()
    try checkContent(directory, segments, metadata, defectOf)
    let findings = try TopicVerifier.verify(directory: path, timeOf: timeOf).findings
    var renewals = try segments.map { (first) throws(TopicLogError) in
      let (segment, sidecar) = (directory.segmentPath(first), directory.indexPath(first))
      guard try directory.hasIndex(first) else { return Renewal(path: sidecar, kind: .missing) }
      let finding = findings.first { $0.path == sidecar || ($0.path == segment && $0.kind != .segmentName) }
      return Renewal(
        path: sidecar, kind: finding == nil ? .sound : .differed, expected: finding?.expected, actual: finding?.actual)
    }
    try rebuild(directory: path, timeOf: timeOf)
    for first in try directory.indexes() where !segments.contains(first) {
      try TopicDirectory.remove(directory.indexPath(first))
      renewals.append(Renewal(path: directory.indexPath(first), kind: .stray))
    }
    return renewals
  }

  private static func checkContent(
    _ directory: TopicDirectory, _ segments: [Int], _ metadata: TopicMetadata?,
    _ defectOf: (UnsafeRawBufferPointer) -> String?
  ) throws(TopicLogError) {
    func contradiction(_ path: String, _ offset: Int, _ expected: String, _ actual: String) -> TopicLogError {
      TopicLogError(
        .damaged, "index", path, offset: offset, expected: expected, actual: actual,
        advice: "The messages themselves are damaged: daylapse recover keeps what is sound")
    }
    var next = metadata == nil ? segments.first ?? 0 : 0
    for (position, first) in segments.enumerated() {
      let path = directory.segmentPath(first)
      guard first == next else {
        throw contradiction(path, next, "a file that begins with offset \(next)", "one that begins with \(first)")
      }
      let isLast = position + 1 == segments.count
      let salvage = try SegmentSalvage(
        directory, segment: first, includesUnended: metadata == nil && isLast, isMadeByHand: true, defectOf: defectOf)
      if let torn = salvage.tornBytes, metadata?.sealedNext != nil || !isLast {
        throw contradiction(
          path, salvage.endOffset, "a newline at the file's end", "\(torn.count) bytes without one")
      }
      let bytes = try SegmentBytes(path)
      for block in try SegmentIndex(directory, segment: first, byteCount: try bytes.file.size()).blocks {
        guard try !isIntact(block, in: bytes) else { continue }
        let damaged = salvage.stretches.first { stretch in
          stretch.damage != nil && stretch.bytes.overlaps(block.byte..<block.endByte)
        }
        if let damaged {
          throw contradiction(path, damaged.offsets.lowerBound, "a message", damaged.damage ?? "")
        }
      }
      next = salvage.endOffset
    }
    if let sealed = metadata?.sealedNext, sealed != next {
      throw contradiction(
        directory.metadataPath, min(sealed, next), "complete lines up to offset \(sealed)", "up to \(next)")
    }
  }

  private static func isIntact(_ block: IndexBlock, in bytes: SegmentBytes) throws(TopicLogError) -> Bool {
    let (content, owner) = try bytes.view(block.byte..<block.endByte)
    return withExtendedLifetime(owner) { crc32c(0, content.baseAddress, content.count) == block.checksum }
  }
}
