import Records
import TopicLog
import TopicStream

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Publishes message files in event-time order, at the speed of a replay clock.
///
/// Bootstrap topics go out whole before the clock starts. The clock runs from the first day's midnight to the midnight
/// after the last event.
public final class Replayer {
  public struct Source {
    public var log: TopicReader
    /// The number the publisher knows the topic by.
    public var topic: Int
    /// Published and ended before everything else, at once.
    public var isBootstrap: Bool

    /// The first message to publish; those before it were published earlier.
    public var next: Int

    public init(log: TopicReader, topic: Int, isBootstrap: Bool, next: Int = 0) {
      self.log = log
      self.topic = topic
      self.isBootstrap = isBootstrap
      self.next = next
    }
  }

  public struct Options: Sendable {
    public var speed = ReplaySpeed.max
    public var batchBytes = 1 << 16
    public var batchCount = Int.max
    /// Reads the event time of a line, which comes without its line feed.
    public var timeOf: @Sendable (UnsafeRawBufferPointer) -> EventTime?
    public var clock = StreamClock.monotonic
    /// Simulated time to go on from, where a replay was interrupted.
    public var resumesAt: EventTime?

    public init(timeOf: @escaping @Sendable (UnsafeRawBufferPointer) -> EventTime?) { self.timeOf = timeOf }
  }

  private let sources: [Source]
  private let publisher: Publisher
  private let options: Options

  /// Bytes published by this replayer.
  public private(set) var publishedBytes = 0
  /// Messages published so far, by source.
  public private(set) var published: [Int]
  /// Simulated time: of the replay clock where it is paced, otherwise of the last event.
  public private(set) var now: EventTime?
  /// Simulated time at which the replay starts and ends, once known.
  public private(set) var span: (first: EventTime, end: EventTime)?
  /// How late events left. Empty at full speed.
  public private(set) var lateness = LatenessHistogram()
  /// Wall time from the start of the clock to its end, in nanoseconds.
  public private(set) var elapsedNanoseconds = 0
  /// Called now and then; may throw to give up.
  public var onTurn: (Replayer) throws -> Void = { _ in }

  public init(sources: [Source], publisher: Publisher, options: Options) {
    self.sources = sources
    self.publisher = publisher
    self.options = options
    published = sources.map(\.next)
    now = options.resumesAt
  }

  /// Replays everything and ends the topics. Blocks while members are behind.
  public func run() throws {
    for index in sources.indices where sources[index].isBootstrap {
      try publishAll(index)
      try publisher.end(sources[index].topic)
    }
    let started = options.clock.now()
    for index in sources.indices where !sources[index].isBootstrap {
      switch options.speed {
      case .max: try publishAll(index)
      case .factor(let factor): try publishPaced(index, factor: factor)
      }
      try publisher.end(sources[index].topic, clock: span?.end)
    }
    elapsedNanoseconds = options.clock.now() - started
  }

  // MARK: At full speed

  private func publishAll(_ index: Int) throws {
    let source = sources[index]
    while let slice = try source.log.slice(
      from: published[index], maxBytes: options.batchBytes, maxCount: options.batchCount)
    {
      var cut = Stretch(lines: slice.bytes, count: slice.count)
      if !source.isBootstrap { cut = firstDay(of: cut) }
      try publish(cut, of: index, owner: slice.owner, clock: nil)
      if let time = cut.maxTime { now = max(now ?? time, time) }
      try onTurn(self)
    }
  }

  /// Some whole lines, and the highest event time among their first and last.
  private struct Stretch {
    var lines: UnsafeRawBufferPointer
    var count: Int
    var maxTime: EventTime?
  }

  /// The lines up to the first one whose day exceeds that of all before it.
  private func firstDay(of all: Stretch) -> Stretch {
    var all = all
    let first = firstLine(all.lines).flatMap(options.timeOf)
    let last = lastLine(all.lines).flatMap(options.timeOf)
    all.maxTime = [now, first, last].compactMap { $0 }.max()
    if let first, let last, first.date == last.date, now.map({ $0.date == first.date }) ?? true { return all }

    var highest = now
    var length = 0
    var count = 0
    while length < all.lines.count {
      let rest = UnsafeRawBufferPointer(rebasing: all.lines[length...])
      let lineLength = rest.firstLineFeed ?? rest.count
      if let time = options.timeOf(UnsafeRawBufferPointer(rebasing: rest[..<lineLength])) {
        if let known = highest, time.date > known.date, count > 0 { break }
        highest = max(highest ?? time, time)
      }
      length = min(length + lineLength + 1, all.lines.count)
      count += 1
    }
    return Stretch(
      lines: UnsafeRawBufferPointer(rebasing: all.lines[..<length]), count: count, maxTime: highest)
  }

  // MARK: Paced

  private func publishPaced(_ index: Int, factor: Double) throws {
    let source = sources[index]
    guard let first = try firstTime(of: source.log) else { return try publishAll(index) }
    let last = try source.log.watermark ?? first
    let start = EventTime(first.date)
    let end = EventTime(CivilDate(daysSinceEpoch: max(first, last).date.daysSinceEpoch + 1))
    span = (start, end)
    while !publisher.isComplete { try pause(until: options.clock.now() + 50_000_000) }
    let clock = ReplayClock(anchor: max(start, options.resumesAt ?? start), at: options.clock.now(), factor: factor)

    while let slice = try source.log.slice(from: published[index], maxBytes: options.batchBytes) {
      var rest = slice.bytes
      while !rest.isEmpty {
        let due = dueLines(rest, at: clock.time(at: options.clock.now()))
        if due.count == 0 {
          try pause(until: clock.nanoseconds(of: due.nextTime ?? end), clock: clock)
          continue
        }
        let sent = Stretch(
          lines: UnsafeRawBufferPointer(rebasing: rest[..<due.length]), count: due.count, maxTime: due.maxTime)
        try publish(sent, of: index, owner: slice.owner, clock: min(clock.time(at: options.clock.now()), end))
        if let time = due.maxTime {
          lateness.record(nanoseconds: options.clock.now() - clock.nanoseconds(of: time), count: due.count)
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[due.length...])
        try onTurn(self)
      }
    }
    try pause(until: clock.nanoseconds(of: end), clock: clock)
    now = end
  }

  /// The lines at the front of `lines` whose time has come; they belong to one day. A line without a readable time
  /// goes with the one before it.
  private func dueLines(
    _ lines: UnsafeRawBufferPointer, at now: EventTime
  ) -> (length: Int, count: Int, maxTime: EventTime?, nextTime: EventTime?) {
    var length = 0
    var count = 0
    var highest: EventTime?
    while length < lines.count, count < options.batchCount {
      let rest = UnsafeRawBufferPointer(rebasing: lines[length...])
      let lineLength = rest.firstLineFeed ?? rest.count
      if let time = options.timeOf(UnsafeRawBufferPointer(rebasing: rest[..<lineLength])) {
        if time > now { return (length, count, highest, time) }
        if let known = highest, time.date > known.date { break }
        highest = max(highest ?? time, time)
      }
      length = min(length + lineLength + 1, lines.count)
      count += 1
    }
    return (length, count, highest, nil)
  }

  /// Answers requests until a moment of the wall clock.
  private func pause(until nanoseconds: Int, clock: ReplayClock? = nil) throws {
    while true {
      let current = options.clock.now()
      if let clock { now = min(clock.time(at: current), span?.end ?? clock.time(at: current)) }
      try onTurn(self)
      let rest = nanoseconds - current
      if rest <= 0 { return }
      if rest < 1_500_000 {
        // the poller counts whole milliseconds
        var time = timespec(tv_sec: 0, tv_nsec: rest)
        nanosleep(&time, nil)
        return
      }
      try publisher.wait(milliseconds: min(50, rest / 1_000_000))
    }
  }

  private func publish(
    _ stretch: Stretch, of index: Int, owner: any AnyObject & Sendable, clock: EventTime?
  ) throws {
    try publisher.publish(
      sources[index].topic, lines: stretch.lines, owner: owner, count: stretch.count, watermark: stretch.maxTime,
      clock: clock)
    published[index] += stretch.count
    publishedBytes += stretch.lines.count
  }

  // MARK: Times of lines

  private func firstTime(of log: TopicReader) throws -> EventTime? {
    var offset = log.firstOffset
    while let slice = try log.slice(from: offset, maxBytes: 1 << 16) {
      var found: EventTime?
      slice.bytes.forEachLine { line in
        if found == nil { found = options.timeOf(line) }
      }
      if let found { return found }
      offset += slice.count
    }
    return nil
  }

  private func firstLine(_ lines: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    lines.firstLineFeed.map { UnsafeRawBufferPointer(rebasing: lines[..<$0]) }
  }

  private func lastLine(_ lines: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard lines.count > 1 else { return nil }
    var start = lines.count - 1
    while start > 0, lines[start - 1] != 0x0A { start -= 1 }
    return UnsafeRawBufferPointer(rebasing: lines[start..<(lines.count - 1)])
  }
}
