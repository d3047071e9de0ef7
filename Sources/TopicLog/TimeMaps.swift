import Records

/// The line maps with times of a topic's segments, made as they are asked for and kept.
///
/// Taken from the sidecars where there are some; otherwise every line is asked for its time once. Belongs to one thread
/// at a time.
final class TimeMaps {
  private let directory: TopicDirectory
  private let isMadeByHand: Bool
  private let trustsIndex: Bool
  private let timeOf: LineTime
  private var maps: [Int: LineMap] = [:]

  /// - Parameters:
  ///   - isMadeByHand: Whether unended last lines are records.
  ///   - trustsIndex: Whether sidecars say what `timeOf` says: whoever edits a topic that was made by hand does not keep
  ///     them.
  init(_ directory: TopicDirectory, isMadeByHand: Bool, trustsIndex: Bool = true, timeOf: @escaping LineTime) {
    self.directory = directory
    self.isMadeByHand = isMadeByHand
    self.trustsIndex = trustsIndex
    self.timeOf = timeOf
  }

  /// The watermark of the topic before the segment at `position`.
  ///
  /// - Parameter tailEnd: The last segment counts as ending at this byte.
  func watermark(before position: Int, of segments: [Int], tailEnd: Int) throws(TopicLogError) -> EventTime? {
    try load(position, of: segments, tailEnd: tailEnd)
    return maps[segments[position]]!.marks[0].watermark
  }

  /// The map of the segment at `position`.
  ///
  /// - Parameter tailEnd: The last segment counts as ending at this byte.
  func map(of position: Int, in segments: [Int], tailEnd: Int) throws(TopicLogError) -> LineMap {
    try load(position, of: segments, tailEnd: tailEnd)
    try extend(segments[position], to: position == segments.count - 1 ? tailEnd : .max)
    return maps[segments[position]]!
  }

  /// Finds the nearest segment that knows its watermark, and goes on from there.
  private func load(_ position: Int, of segments: [Int], tailEnd: Int) throws(TopicLogError) {
    var start = position
    while maps[segments[start]] == nil {
      let index = try index(of: segments[start], to: start == segments.count - 1 ? tailEnd : .max)
      if start == 0 || !index.blocks.isEmpty {
        maps[segments[start]] = LineMap(index, watermark: nil)
      } else {
        start -= 1
      }
    }
    while start < position {
      try extend(segments[start], to: .max)
      let watermark = maps[segments[start]]!.reached.watermark
      start += 1
      if maps[segments[start]] == nil {
        maps[segments[start]] = LineMap(SegmentIndex(first: segments[start]), watermark: watermark)
      }
    }
  }

  private func index(of first: Int, to end: Int) throws(TopicLogError) -> SegmentIndex {
    guard trustsIndex, !isMadeByHand else { return SegmentIndex(first: first) }
    let size = try LogFile(directory.segmentPath(first), .read).size()
    return try SegmentIndex(directory, segment: first, byteCount: min(size, end))
  }

  private func extend(_ first: Int, to end: Int) throws(TopicLogError) {
    let bytes = try SegmentBytes(directory.segmentPath(first))
    let end = min(end, try bytes.file.size())
    guard var map = maps.removeValue(forKey: first) else { return }
    defer { maps[first] = map }
    try map.extend(in: bytes, to: end, includesUnended: isMadeByHand, timeOf: timeOf)
  }
}
