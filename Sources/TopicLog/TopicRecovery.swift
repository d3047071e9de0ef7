import Records

/// Finds out what of a damaged topic can be kept, and writes that as a new topic.
///
/// Sound is what its checksum agrees with, and lines without a checksum that are messages. Nothing is ever changed in
/// the folder that is looked at.
public struct TopicRecovery {
  /// Something that the new topic has not got.
  public struct Loss: Equatable, Sendable {
    public enum Kind: String, Sendable {
      /// Bytes are not those that were written, or no message.
      case damaged
      /// Records are not there at all.
      case missing
      /// A line was not ended, so that it never was a record.
      case torn
      /// Sound, but behind a hole: kept only under new offsets.
      case behind
    }

    public var kind: Kind
    /// The file that the records are, or should be, in.
    public var path: String
    /// Which offsets the records had; nothing where there was no record.
    public var offsets: Range<Int>?
    /// Where in the file.
    public var bytes: Range<Int>?
    public var reason: String
  }

  /// The topic as it is.
  public let identity: TopicIdentity?
  /// In the order of the topic.
  public private(set) var losses: [Loss] = []
  /// How many records, and bytes of them, are kept.
  public private(set) var keptCount = 0
  public private(set) var keptByteCount = 0
  /// How many of them no checksum stands for.
  public private(set) var uncheckedCount = 0
  /// The first record that gets another offset than it had, by its old offset.
  public private(set) var firstMovedOffset: Int?
  /// Whether what is kept is all that the topic had: the same records under the same offsets.
  public var isWhole: Bool { !losses.contains { $0.kind != .torn } && keptCount == sealedNext ?? keptCount }

  private let directory: TopicDirectory
  private let lock: TopicLock?
  private let isMadeByHand: Bool
  private let wasSealed: Bool
  private let sealedNext: Int?
  private let skipsDamage: Bool
  private var pieces: [Piece] = []

  private struct Piece {
    var segment: Int
    var bytes: Range<Int>
    var count: Int
  }

  /// Looks through a topic. Reads all of it; blocks for as long.
  ///
  /// - Parameters:
  ///   - skipsDamage: Goes on behind damage, so that what follows gets new offsets; otherwise the first damage ends the
  ///     topic.
  ///   - isLocked: Keeps writers away as long as this value lives.
  ///   - defectOf: Says why a line, without its `\n`, is no message; nothing where it is one.
  /// - Throws: ``TopicLogError`` where there is no topic, a file cannot be read at all, or a writer has the lock.
  public init(
    directory path: String, skipsDamage: Bool, isLocked: Bool = false, defectOf: (UnsafeRawBufferPointer) -> String?
  ) throws(TopicLogError) {
    directory = TopicDirectory(path)
    lock = isLocked ? try TopicLock(directory) : nil
    let outline = try TopicOutline(directory: path)
    identity = outline.identity
    isMadeByHand = outline.isMadeByHand
    // without a topic.json that can be read nobody will go on with it
    wasSealed = outline.isSealed || outline.identity == nil
    sealedNext = outline.sealedNext
    self.skipsDamage = skipsDamage
    try look(through: outline, defectOf)
  }

  private mutating func look(
    through outline: TopicOutline, _ defectOf: (UnsafeRawBufferPointer) -> String?
  ) throws(TopicLogError) {
    var next = isMadeByHand ? outline.firstOffset : 0
    var hasHole = false
    for (position, segment) in outline.segments.enumerated() {
      if segment.first > next {
        let path = directory.segmentPath(next)
        add(
          Loss(kind: .missing, path: path, offsets: next..<segment.first, reason: "no file begins with offset \(next)"))
        hasHole = true
      } else if segment.first < next {
        let reason = "the file before it has lines up to offset \(next)"
        add(Loss(kind: .damaged, path: segment.path, reason: reason))
        hasHole = true
      }
      let isLast = position + 1 == outline.segments.count
      let salvage = try SegmentSalvage(
        directory, segment: segment.first, includesUnended: isMadeByHand && isLast, isMadeByHand: isMadeByHand,
        defectOf: defectOf)
      for stretch in salvage.stretches { take(stretch, of: segment, hasHole: &hasHole) }
      if let torn = salvage.tornBytes {
        add(Loss(kind: .torn, path: segment.path, bytes: torn, reason: "the line is not ended"))
        hasHole = hasHole || !isLast
      }
      next = salvage.endOffset
      if !isLast, next > outline.segments[position + 1].first { hasHole = true }
    }
    if let sealedNext, sealedNext > next {
      let path = outline.segments.last?.path ?? directory.metadataPath
      add(Loss(kind: .missing, path: path, offsets: next..<sealedNext, reason: "the files end at offset \(next)"))
    }
  }

  private mutating func take(
    _ stretch: SegmentSalvage.Stretch, of segment: TopicOutline.Segment, hasHole: inout Bool
  ) {
    if let damage = stretch.damage {
      hasHole = true
      add(
        Loss(
          kind: .damaged, path: segment.path, offsets: stretch.offsets, bytes: stretch.bytes, reason: damage))
    } else if hasHole, !skipsDamage {
      add(
        Loss(
          kind: .behind, path: segment.path, offsets: stretch.offsets, bytes: stretch.bytes,
          reason: "sound, but behind the damage"))
    } else {
      if stretch.offsets.lowerBound != keptCount, firstMovedOffset == nil {
        firstMovedOffset = stretch.offsets.lowerBound
      }
      pieces.append(Piece(segment: segment.first, bytes: stretch.bytes, count: stretch.offsets.count))
      keptCount += stretch.offsets.count
      keptByteCount += stretch.bytes.count
      if !stretch.isChecked { uncheckedCount += stretch.offsets.count }
    }
  }

  /// Adds a loss, to the one before it where it goes on with the same.
  private mutating func add(_ loss: Loss) {
    if let last = losses.last, last.kind == .behind, loss.kind == .behind, last.path == loss.path,
      let offsets = last.offsets, let more = loss.offsets, let bytes = last.bytes, let moreBytes = loss.bytes,
      offsets.upperBound == more.lowerBound, bytes.upperBound == moreBytes.lowerBound
    {
      losses[losses.count - 1].offsets = offsets.lowerBound..<more.upperBound
      losses[losses.count - 1].bytes = bytes.lowerBound..<moreBytes.upperBound
    } else {
      losses.append(loss)
    }
  }

  /// Writes what is kept as a new topic. It is complete if the old one was, or if it lost anything: nobody will go on
  /// with it.
  ///
  /// - Parameters:
  ///   - path: The new topic's directory.
  ///   - identity: The new topic's; the old one's only where no record was lost.
  ///   - onProgress: Hears of the records written so far; may throw to give up.
  /// - Throws: ``TopicLogError`` where a file cannot be read or written; what `onProgress` throws.
  public func write(
    to path: String, identity: TopicIdentity, options: TopicWriter.Options, timeOf: @escaping LineTime,
    onProgress: (Int) throws -> Void = { _ in }
  ) throws {
    let writer = try TopicWriter(
      directory: path, identity: identity, options: options, mode: .create, timeOf: timeOf)
    var source: (segment: Int, bytes: SegmentBytes)?
    for piece in pieces {
      if source?.segment != piece.segment {
        source = (piece.segment, try SegmentBytes(directory.segmentPath(piece.segment)))
      }
      let (lines, owner) = try source!.bytes.view(piece.bytes)
      defer { withExtendedLifetime(owner) {} }
      if lines.last == UInt8(ascii: "\n") {
        try writer.append(lines, count: piece.count, maxTime: highestTime(lines, timeOf))
      } else {
        let ended = ByteBuffer(capacity: lines.count + 1)
        ended.append(lines)
        ended.append(UInt8(ascii: "\n"))
        try writer.append(ended.bytes, count: piece.count, maxTime: highestTime(lines, timeOf))
      }
      try onProgress(writer.nextOffset)
    }
    if wasSealed || !isWhole { try writer.seal() }
    try writer.close()
  }

  private func highestTime(_ lines: UnsafeRawBufferPointer, _ timeOf: LineTime) -> EventTime? {
    var highest: EventTime?
    lines.eachLine { line, _ in highest = later(highest, timeOf(line)) }
    return highest
  }
}

extension TopicRecovery {
  /// The files in a topic's folder that are not the topic's own, such as a schema: their names.
  public static func otherFiles(_ path: String) throws(TopicLogError) -> [String] {
    try TopicDirectory(path).otherFiles()
  }

  /// Removes a topic that was written half, and its folder where that is empty then.
  public static func discard(_ path: String) throws(TopicLogError) {
    let directory = TopicDirectory(path)
    try directory.removeSegments()
    try TopicDirectory.remove(directory.metadataPath)
    try TopicDirectory.remove(directory.lockPath)
    directory.removeIfEmpty()
  }
}
