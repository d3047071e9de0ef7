import CByteScan
import Records

/// Where in a segment which records lie: every so often the offset, the byte, and perhaps the watermark before it.
struct LineMap {
  struct Mark: Equatable {
    var offset: Int
    var byte: Int
    /// The highest event time of the topic before this record; meaningless in a map that leaves times out.
    var watermark: EventTime?
  }

  /// Ascending in all three.
  private(set) var marks: [Mark]
  /// The end of what is known.
  private(set) var reached: Mark

  /// A map of what a sidecar covers.
  ///
  /// - Parameter watermark: That of the topic before the segment.
  init(_ index: SegmentIndex, watermark: EventTime?) {
    let begin = Mark(offset: index.first, byte: 0, watermark: watermark)
    marks = index.blocks.map { Mark(offset: $0.offset, byte: $0.byte, watermark: $0.watermark) }
    let first = marks.first ?? begin
    reached = begin
    // The watermark behind a block stands in the next one. That of the last block follows only from a summing line;
    // without it the block is gone through once more.
    if index.end == nil, !marks.isEmpty {
      reached = marks.removeLast()
    } else if let end = index.end {
      reached = Mark(offset: end.next, byte: end.byteCount, watermark: end.watermark)
    }
    if marks.isEmpty { marks = [first] }
  }

  /// Goes on to the last whole line before `end`.
  ///
  /// - Parameters:
  ///   - includesUnended: Whether what follows the last `\n` is a record as well.
  ///   - timeOf: How to learn the times; nothing leaves them out.
  mutating func extend(
    in bytes: SegmentBytes, to end: Int, includesUnended: Bool, timeOf: LineTime?
  ) throws(TopicLogError) {
    if reached.byte < end, !includesUnended { try bytes.checkLine(reached) }
    while let lines = try bytes.lines(from: reached.byte, to: end, maxBytes: IndexWriter.blockBytes) {
      if let timeOf { lines.bytes.eachLine { line, _ in reached.watermark = later(reached.watermark, timeOf(line)) } }
      pass(count: lines.count, byteCount: lines.bytes.count)
    }
    if includesUnended, reached.byte < end {
      let (line, owner) = try bytes.view(reached.byte..<end)
      if let timeOf { withExtendedLifetime(owner) { reached.watermark = later(reached.watermark, timeOf(line)) } }
      pass(count: 1, byteCount: line.count)
    }
  }

  private mutating func pass(count: Int, byteCount: Int) {
    reached.offset += count
    reached.byte += byteCount
    if reached.byte - marks[marks.count - 1].byte >= IndexWriter.blockBytes { marks.append(reached) }
  }

  /// The last mark that is not beyond `offset`.
  func mark(for offset: Int) -> Mark {
    reached.offset <= offset ? reached : marks[marks.firstIndexBeyond { $0.offset <= offset } - 1]
  }

  /// The last mark before which the watermark is still below `time`.
  func mark(below time: EventTime) -> Mark {
    marks[max(0, marks.firstIndexBeyond { $0.watermark.map { $0 < time } ?? true } - 1)]
  }
}

extension Array {
  /// The number of elements that fulfil a condition which a beginning of the array fulfils and the rest does not.
  func firstIndexBeyond<Failure: Error>(_ holds: (Element) throws(Failure) -> Bool) throws(Failure) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if try holds(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension UnsafeRawBufferPointer {
  /// Goes through lines without their `\n`; each comes with the byte it begins at. What follows the last `\n` counts
  /// as a line.
  @inline(__always)
  func eachLine(_ body: (_ line: UnsafeRawBufferPointer, _ byte: Int) -> Void) {
    var at = 0
    while at < count {
      let length = find_nth_newline(baseAddress! + at, count - at, 1)
      body(part(at..<(at + length)), at)
      at += length + 1
    }
  }
}
