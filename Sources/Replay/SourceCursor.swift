import Records
import TopicLog

/// A place in a topic that is replayed: gives the messages that are due, in stretches of one day.
struct SourceCursor {
  /// Some whole lines that follow each other, and the highest event time among those that were looked at.
  struct Stretch {
    var lines: UnsafeRawBufferPointer
    var count: Int
    var maxTime: EventTime?
    var owner: any AnyObject & Sendable
  }

  /// What comes next.
  enum Head: Equatable {
    case end
    /// A message without a readable time goes with the one before it.
    case untimed
    case time(EventTime)
  }

  let source: ReplaySource
  private let batchBytes: Int
  private(set) var position: Int
  /// What is left of the slice that was read last.
  private var rest = UnsafeRawBufferPointer(start: nil, count: 0)
  private var restCount = 0
  private var owner: (any AnyObject & Sendable)?
  /// The highest event time given since the last ``move(to:)``.
  private(set) var watermark: EventTime?

  init(_ source: ReplaySource, position: Int, batchBytes: Int) {
    self.source = source
    self.position = position
    self.batchBytes = batchBytes
  }

  mutating func move(to offset: Int) {
    position = offset
    rest = UnsafeRawBufferPointer(start: nil, count: 0)
    restCount = 0
    owner = nil
    watermark = nil
  }

  mutating func head() throws -> Head {
    guard try fill() else { return .end }
    return firstLine.flatMap(source.timeOf).map { .time($0) } ?? .untimed
  }

  /// Takes the messages up to and at a time, of one day, at most so many; at least the first one.
  mutating func take(through bound: EventTime, count limit: Int) throws -> Stretch? {
    guard try fill() else { return nil }
    var stretch = Stretch(lines: rest, count: restCount, maxTime: nil, owner: owner!)
    if let whole = wholeDay(through: bound, count: limit) {
      stretch.maxTime = whole
    } else {
      let (length, count, highest) = due(through: bound, count: limit)
      stretch.lines = UnsafeRawBufferPointer(rebasing: rest[..<length])
      (stretch.count, stretch.maxTime) = (count, highest)
    }
    if let time = stretch.maxTime { watermark = max(watermark ?? time, time) }
    rest = UnsafeRawBufferPointer(rebasing: rest[stretch.lines.count...])
    restCount -= stretch.count
    position += stretch.count
    return stretch
  }

  /// Whether there is a message at the position, read into `rest`.
  private mutating func fill() throws -> Bool {
    if restCount > 0 { return true }
    guard position < source.offsets.upperBound,
      let slice = try source.log.slice(from: position, maxBytes: batchBytes, before: source.offsets.upperBound)
    else { return false }
    (rest, restCount, owner) = (slice.bytes, slice.count, slice.owner)
    return true
  }

  /// Everything that is left, where nothing but a new day can end it and its first and last message are of the same
  /// day; gives the highest event time of those two.
  private func wholeDay(through bound: EventTime, count limit: Int) -> EventTime? {
    guard bound == .distantFuture, limit >= restCount, let first = firstLine.flatMap(source.timeOf),
      let last = lastLine.flatMap(source.timeOf), first.date == last.date,
      watermark.map({ $0.date == first.date }) ?? true
    else { return nil }
    return max(first, last)
  }

  /// The length and number of the messages that are due, and the highest time among them.
  private func due(through bound: EventTime, count limit: Int) -> (length: Int, count: Int, highest: EventTime?) {
    var (length, count) = (0, 0)
    var highest = watermark
    while count < min(restCount, limit) {
      let line = UnsafeRawBufferPointer(rebasing: rest[length...])
      let lineLength = line.firstLineFeed ?? line.count
      if let time = source.timeOf(UnsafeRawBufferPointer(rebasing: line[..<lineLength])) {
        if count > 0, time > bound { break }
        if count > 0, let known = highest, time.date > known.date { break }
        highest = max(highest ?? time, time)
      }
      length = min(length + lineLength + 1, rest.count)
      count += 1
    }
    return (length, count, highest)
  }

  private var firstLine: UnsafeRawBufferPointer? {
    rest.firstLineFeed.map { UnsafeRawBufferPointer(rebasing: rest[..<$0]) }
  }

  private var lastLine: UnsafeRawBufferPointer? {
    guard rest.count > 1 else { return nil }
    var start = rest.count - 1
    while start > 0, rest[start - 1] != 0x0A { start -= 1 }
    return UnsafeRawBufferPointer(rebasing: rest[start..<(rest.count - 1)])
  }
}
