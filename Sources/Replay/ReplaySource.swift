import Records
import TopicLog

/// A topic to be replayed.
public struct ReplaySource {
  public let log: TopicReader
  /// The number the publisher knows the topic by.
  public let topic: Int
  /// Published and ended before everything else, at once.
  public let isBootstrap: Bool
  /// The messages that are replayed.
  public let offsets: Range<Int>
  /// The first message that was not published in an earlier life.
  public let next: Int
  /// Reads the event time of a message.
  public let timeOf: LineTime

  /// - Parameter offsets: The whole topic where nothing is given.
  public init(
    log: TopicReader, topic: Int, isBootstrap: Bool, offsets: Range<Int>? = nil, next: Int? = nil,
    timeOf: @escaping LineTime
  ) {
    self.log = log
    self.topic = topic
    self.isBootstrap = isBootstrap
    self.offsets = offsets ?? log.firstOffset..<log.nextOffset
    self.next = max(next ?? self.offsets.lowerBound, self.offsets.lowerBound)
    self.timeOf = timeOf
  }

  /// The messages from the first one at or after `from` up to, and without, the first one at or after `to`.
  public static func offsets(
    of log: TopicReader, from: EventTime?, to: EventTime?, timeOf: @escaping LineTime
  ) throws -> Range<Int> {
    let all = ReplaySource(log: log, topic: 0, isBootstrap: false, timeOf: timeOf)
    let first = try from.map { try all.offset(atOrAfter: $0) } ?? log.firstOffset
    return first..<max(first, try to.map { try all.offset(atOrAfter: $0) } ?? log.nextOffset)
  }

  /// The first and the highest event time; nothing where no message has one.
  public func times() throws -> (first: EventTime, last: EventTime)? {
    var offset = offsets.lowerBound
    while let slice = try log.slice(from: offset, maxBytes: 1 << 16, before: offsets.upperBound) {
      var first: EventTime?
      slice.bytes.forEachLine { line in
        if first == nil { first = timeOf(line) }
      }
      if let first {
        let watermark = offsets.upperBound == log.nextOffset ? try log.watermark : nil
        return (first, max(first, try watermark ?? time(before: offsets.upperBound) ?? first))
      }
      offset += slice.count
    }
    return nil
  }

  /// The first of the messages at which event time, as far as it has come, reaches `time`; the end where it does not.
  func offset(atOrAfter time: EventTime) throws -> Int {
    // a topic whose writer knew of no times has none in its index
    if try log.watermark != nil {
      return min(max(offsets.lowerBound, try log.offset(atOrAfter: time)), offsets.upperBound)
    }
    var offset = offsets.lowerBound
    while let slice = try log.slice(from: offset, maxBytes: 1 << 16, before: offsets.upperBound) {
      var (index, found): (Int, Int?) = (0, nil)
      slice.bytes.forEachLine { line in
        if found == nil, let lineTime = timeOf(line), lineTime >= time { found = index }
        index += 1
      }
      if let found { return offset + found }
      offset += slice.count
    }
    return offsets.upperBound
  }

  /// The event time of the last message before an offset, where that has one.
  func time(before offset: Int) throws -> EventTime? {
    guard offset > offsets.lowerBound, let slice = try log.slice(from: offset - 1, maxBytes: 1, maxCount: 1) else {
      return nil
    }
    return timeOf(UnsafeRawBufferPointer(rebasing: slice.bytes.dropLast()))
  }
}
