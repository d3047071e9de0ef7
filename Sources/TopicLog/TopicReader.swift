import Records

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads a topic's message files while they grow, or when they are complete.
///
/// One thread. All calls block on the disk at most. What is there is looked at when the reader is made and when
/// ``refresh()`` is called; in between nothing changes, whatever a writer does. Segments without a `topic.json`, as one
/// makes by hand, are complete, and an unended last line of one is a record.
public final class TopicReader {
  /// The topic's directory.
  public var path: String { directory.path }
  /// Whose records these are; nothing where there is no `topic.json`.
  public var identity: TopicIdentity? { metadata?.identity }
  /// Whether no record will be added: the topic is sealed, or was made by hand.
  public var isSealed: Bool { metadata == nil || metadata?.sealedNext != nil }
  /// The offset of the first record.
  public var firstOffset: Int { segments.first ?? 0 }
  /// The offset behind the last complete line.
  public var nextOffset: Int { tailMap.reached.offset }

  let directory: TopicDirectory
  let timeOf: LineTime
  /// The segments' first offsets, ascending.
  private(set) var segments: [Int] = []
  var isMadeByHand: Bool { metadata == nil }
  /// Where the lines of the last segment are.
  private(set) var tailMap = LineMap(SegmentIndex(first: 0), watermark: nil)
  let times: TimeMaps
  /// Where reading may go on, the most recent first.
  var cursors: [ReadCursor] = []
  /// As `tailMap`, for earlier segments that were sought in.
  var earlierMaps: [Int: LineMap] = [:]

  private var metadata: TopicMetadata?
  private var metadataStamp: FileStamp?
  private var tail: SegmentBytes?

  /// Opens a topic for reading. Where the last segment's sidecar is missing, the segment's lines are counted.
  ///
  /// - Parameters:
  ///   - directory: The topic's directory.
  ///   - timeOf: The event time of a line; needed for ``watermark`` and ``offset(atOrAfter:)`` only.
  ///   - trustsIndexTimes: Whether sidecars were written with the same idea of time; otherwise lines are asked.
  /// - Throws: ``TopicLogError``: `notFound` where there is neither a `topic.json` nor a segment, `damaged`,
  ///   `unsupportedFormat`, `system`.
  public init(
    directory path: String, timeOf: @escaping LineTime, trustsIndexTimes: Bool = true
  ) throws(TopicLogError) {
    directory = TopicDirectory(path)
    self.timeOf = timeOf
    metadataStamp = try FileStamp(directory.metadataPath)
    metadata = try TopicMetadata.read(directory)
    times = TimeMaps(
      directory, isMadeByHand: metadata == nil, trustsIndex: trustsIndexTimes, timeOf: timeOf)
    try findSegments()
    if metadata == nil, segments.isEmpty {
      throw TopicLogError(
        .notFound, "read", directory.path, expected: "a topic.json, or segments named by 20 digits and .jsonl",
        actual: "neither", advice: "Check the path, or wait until the topic's writer has begun")
    }
    try checkSeal()
  }

  /// Looks for what a writer has added since.
  ///
  /// Costs three system calls where nothing has happened, and a scan of what is new otherwise.
  ///
  /// - Returns: Whether there is something new: records, or the seal.
  /// - Throws: ``TopicLogError``: `replaced` where the directory holds another topic now, `shrunk` where a file lost
  ///   bytes that were there, `damaged`, `system`.
  @discardableResult
  public func refresh() throws(TopicLogError) -> Bool {
    let before = (nextOffset, isSealed)
    try refreshMetadata()
    if let tail {
      let status = try tail.file.status()
      if status.st_nlink == 0 { throw replaced("a file that was removed") }
      let size = Int(status.st_size)
      if size < tailMap.reached.byte {
        throw TopicLogError(
          .shrunk, "read", tail.path, offset: nextOffset, expected: "\(tailMap.reached.byte) bytes at least",
          actual: "\(size) bytes", advice: "Something cut the file while it was read: verify the topic")
      }
      // sealed, and all of it was found: a look that failed is taken again
      if before.1, metadata?.sealedNext.map({ $0 <= nextOffset }) ?? true { return false }
      try tailMap.extend(in: tail, to: size, includesUnended: false, timeOf: nil)
      while nextOffset > segments[segments.count - 1], try directory.hasSegment(nextOffset) {
        try addSegment(nextOffset)
      }
    } else {
      try findSegments()
    }
    try checkSeal()
    return before != (nextOffset, isSealed)
  }

  /// The highest event time of all records up to ``nextOffset``; nothing where none has one.
  ///
  /// Reads the lines that no sidecar sums up yet, each once.
  public var watermark: EventTime? {
    get throws(TopicLogError) {
      guard !segments.isEmpty else { return nil }
      return try times.map(of: segments.count - 1, in: segments, tailEnd: tailMap.reached.byte).reached.watermark
    }
  }

  private func refreshMetadata() throws(TopicLogError) {
    let stamp = try FileStamp(directory.metadataPath)
    guard stamp != metadataStamp else { return }
    let present = try TopicMetadata.read(directory)
    guard present?.identity == metadata?.identity else {
      throw replaced(present.map { "\($0.identity)" } ?? "no topic.json")
    }
    metadataStamp = stamp
    metadata = present
  }

  private func replaced(_ actual: String) -> TopicLogError {
    TopicLogError(
      .replaced, "go on reading", directory.path, expected: identity.map { "\($0)" } ?? "segments without a topic.json",
      actual: actual, advice: "Open the topic again, from its first offset")
  }

  /// Lists the segments, where none is known yet.
  private func findSegments() throws(TopicLogError) {
    guard metadata?.isReplacing != true else { return }
    let found = try directory.segments()
    guard let last = found.last else { return }
    segments = found.dropLast()
    try addSegment(last)
    if !isMadeByHand {
      while nextOffset > segments[segments.count - 1], try directory.hasSegment(nextOffset) {
        try addSegment(nextOffset)
      }
    }
  }

  private func addSegment(_ first: Int) throws(TopicLogError) {
    if tail != nil { earlierMaps[segments[segments.count - 1]] = tailMap }
    let bytes = try SegmentBytes(directory.segmentPath(first))
    let size = try bytes.file.size()
    let index =
      isMadeByHand ? SegmentIndex(first: first) : try SegmentIndex(directory, segment: first, byteCount: size)
    var map = LineMap(index, watermark: nil)
    try map.extend(in: bytes, to: size, includesUnended: isMadeByHand, timeOf: nil)
    tail = bytes
    tailMap = map
    segments.append(first)
  }

  private func checkSeal() throws(TopicLogError) {
    guard let next = metadata?.sealedNext, next != nextOffset else { return }
    throw TopicLogError(
      .damaged, "read", directory.path, offset: nextOffset, expected: "\(next) records, as topic.json says",
      actual: "complete lines up to \(nextOffset)", advice: TopicLogError.writeAnew)
  }
}

/// Tells one version of a file from another without reading it.
struct FileStamp: Equatable {
  private var device: UInt64
  private var inode: UInt64
  private var byteCount: Int
  private var modifiedSeconds: Int
  private var modifiedNanoseconds: Int

  /// - Returns: Nothing where there is no such file.
  init?(_ path: String) throws(TopicLogError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT { return nil }
      throw .system(errno, "inspect", path)
    }
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(status.st_ino)
    byteCount = Int(status.st_size)
    #if canImport(Darwin)
      let modified = status.st_mtimespec
    #else
      let modified = status.st_mtim
    #endif
    modifiedSeconds = Int(modified.tv_sec)
    modifiedNanoseconds = Int(modified.tv_nsec)
  }
}
