/// A stretch of whole lines of one topic, as it goes to the log and onto the wire.
public struct OutputChunk {
  /// `count` lines, each ended by a line feed; valid only while it is being delivered.
  public var lines: UnsafeRawBufferPointer
  public var count: Int
  /// The highest event time in these lines, where they have any.
  public var maxTime: EventTime?
}

/// Where a step puts the messages of one topic.
///
/// Lines gather in a buffer and leave in chunks: at a size or count limit, and always before the first line of a new
/// highest day, so that no chunk crosses simulated midnight. Where chunks end never changes what the lines say.
public final class OutputTopic {
  public let name: String
  /// The buffer that a message is written into before ``endLine()`` or ``endLine(atSeconds:)``.
  public let buffer: ByteBuffer
  /// Lines handed to ``endLine()`` so far, over the topic's whole life.
  @inlinable
  public var lineCount: Int { endedLines }

  /// Takes finished chunks. It may block; its errors end the step.
  public var deliver: (OutputChunk) throws -> Void

  @usableFromInline let byteLimit: Int
  @usableFromInline let countLimit: Int
  // touched for every line, by the one thread that owns the topic
  @exclusivity(unchecked) @usableFromInline var endedLines = 0
  @exclusivity(unchecked) @usableFromInline var pendingCount = 0
  @exclusivity(unchecked) @usableFromInline var pendingBytes = 0
  @exclusivity(unchecked) @usableFromInline var pendingTime = Int.min
  @exclusivity(unchecked) @usableFromInline var dayEnd = Int.max

  /// - Parameters:
  ///   - byteLimit: A chunk holds no more bytes than this, unless one line alone is longer.
  ///   - countLimit: A chunk holds no more lines than this.
  public init(
    name: String, byteLimit: Int = 1 << 16, countLimit: Int = .max, deliver: @escaping (OutputChunk) throws -> Void
  ) {
    self.name = name
    self.byteLimit = max(1, byteLimit)
    self.countLimit = max(1, countLimit)
    self.deliver = deliver
    buffer = ByteBuffer(capacity: min(byteLimit, 1 << 20) + 4096)
  }

  /// Ends a line without an event time. The line feed is part of what was written.
  @inlinable @inline(__always)
  public func endLine() throws {
    endedLines &+= 1
    pendingCount &+= 1
    if buffer.count >= byteLimit || pendingCount >= countLimit {
      try overflow(time: Int.min)
    } else {
      pendingBytes = buffer.count
    }
  }

  /// Ends a line of the given event time, in seconds since 1970-01-01T00:00:00.
  @inlinable @inline(__always)
  public func endLine(atSeconds seconds: Int) throws {
    endedLines &+= 1
    if seconds >= dayEnd || dayEnd == Int.max { try startDay(of: seconds) }
    pendingCount &+= 1
    if buffer.count >= byteLimit || pendingCount >= countLimit {
      try overflow(time: seconds)
    } else {
      pendingBytes = buffer.count
      if seconds > pendingTime { pendingTime = seconds }
    }
  }

  /// Delivers what has gathered, if anything.
  public func flush() throws {
    guard pendingCount > 0 else { return }
    try deliverPending()
  }

  /// Whether lines wait for a flush.
  public var hasPending: Bool { pendingCount > 0 }

  /// The line just written is the first of a new highest day: what came before leaves without it.
  @usableFromInline
  func startDay(of seconds: Int) throws {
    let day = EventTime(secondsSinceEpoch: seconds).date
    dayEnd = EventTime(day).secondsSinceEpoch + EventTime.secondsPerDay
    if pendingCount > 0 { try deliverPending() }
  }

  /// The line just written reached a limit; where it went past the byte limit, it stays behind for the next chunk.
  @usableFromInline
  func overflow(time: Int) throws {
    if buffer.count > byteLimit, pendingCount > 1 {
      pendingCount -= 1
      try deliverPending()
      pendingCount = 1
      pendingTime = time
      guard buffer.count >= byteLimit || pendingCount >= countLimit else {
        pendingBytes = buffer.count
        return
      }
    }
    pendingTime = max(pendingTime, time)
    pendingBytes = buffer.count
    try deliverPending()
  }

  private func deliverPending() throws {
    let lines = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<pendingBytes])
    let time = pendingTime == Int.min ? nil : EventTime(secondsSinceEpoch: pendingTime)
    try deliver(OutputChunk(lines: lines, count: pendingCount, maxTime: time))
    buffer.removeFirst(pendingBytes)
    pendingCount = 0
    pendingBytes = 0
    pendingTime = Int.min
  }
}
