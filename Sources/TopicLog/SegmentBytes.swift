import CByteScan

/// Looks at a segment's bytes through a window of mapped memory that moves along.
///
/// Resident memory stays at about one window, however long the segment is. Belongs to one thread at a time.
final class SegmentBytes {
  /// How much is mapped at once.
  static let windowBytes = 4 << 20

  /// Whole lines, and the memory they lie in.
  struct Lines {
    var bytes: UnsafeRawBufferPointer
    var count: Int
    var owner: SliceMemory
  }

  let file: LogFile
  private var window: SliceMemory?
  private var windowStart = 0

  init(_ path: String) throws(TopicLogError) { file = try LogFile(path, .read) }

  var path: String { file.path }

  /// The bytes `range`, which must lie in the file. They stay until the window moves or its memory is released,
  /// whichever is later.
  func view(_ range: Range<Int>) throws(TopicLogError) -> (bytes: UnsafeRawBufferPointer, owner: SliceMemory) {
    if let window, range.lowerBound >= windowStart, range.upperBound <= windowStart + window.byteCount {
      return (part(of: window, range), window)
    }
    let page = SliceMemory.pageBytes
    let start = range.lowerBound / page * page
    let length = max(Self.windowBytes, (range.upperBound - start + page - 1) / page * page)
    window = nil
    let moved = try SliceMemory(mapping: file, at: start, byteCount: length)
    window = moved
    windowStart = start
    return (part(of: moved, range), moved)
  }

  @inline(__always)
  private func part(of window: SliceMemory, _ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: window.start + (range.lowerBound - windowStart), count: range.count)
  }

  /// Whole lines from `start` on: at least one, however long it is, otherwise within both limits.
  ///
  /// - Parameter end: The file counts as ending here.
  /// - Returns: Nothing where no whole line lies before `end`.
  func lines(
    from start: Int, to end: Int, maxBytes: Int, maxCount: Int = .max
  ) throws(TopicLogError) -> Lines? {
    var length = max(1, min(maxBytes, end - start))
    var limit = maxCount
    while start < end {
      let (bytes, owner) = try view(start..<(start + length))
      var taken = 0
      let whole = take_lines(bytes.baseAddress, length, limit, &taken)
      if taken > 0 { return Lines(bytes: bytes.part(0..<whole), count: taken, owner: owner) }
      if length == end - start { return nil }
      length = min(max(length, 32 << 10) * 2, end - start)
      limit = 1
    }
    return nil
  }

  /// Makes sure that a line begins where a sidecar says so. The sidecar of another topic can fit in all but this.
  func checkLine(_ mark: LineMap.Mark) throws(TopicLogError) {
    guard mark.byte > 0 else { return }
    let (before, owner) = try view(mark.byte - 1..<mark.byte)
    let isBeginning = withExtendedLifetime(owner) { before[0] == UInt8(ascii: "\n") }
    guard isBeginning else {
      throw TopicLogError(
        .damaged, "read", path.dropLast(5) + "index", offset: mark.offset,
        expected: "the segment's byte \(mark.byte) as the beginning of a line", actual: "the middle of one",
        advice: "Remove the sidecar: it belongs to other records, and is made again")
    }
  }
}
