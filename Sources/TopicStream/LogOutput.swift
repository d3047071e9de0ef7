import Checkpoints
import Records
import TopicLog

/// Puts a step's messages into a topic's files and then out to its subscribers.
///
/// Where the files already hold messages of the same run, because the step ran before and was interrupted, what the
/// step gives again is compared with them, byte for byte, and not written a second time.
public final class LogOutput {
  public let topic: String
  private let writer: TopicWriter
  /// The files as they are read for whoever fetches; call `refresh()` to see what was delivered last.
  public let reader: TopicReader
  /// The offset behind the messages that were there before.
  private let existing: Int
  private let wasSealed: Bool
  private let faults: Faults
  private var next: Int
  /// The highest event time delivered.
  public private(set) var watermark: EventTime?
  private let publisher: Publisher
  private let shownBefore: ((EventTime) -> EventTime)?
  private var number = 0
  /// Whether guests are not shown what is delivered: the replay upstream is elsewhere.
  private var isUnseen = false

  /// Declares the topic at the publisher.
  ///
  /// - Parameters:
  ///   - next: The offset of the first message that the step will give; those before it are in the files.
  ///   - epoch: The epoch that guests are shown them in.
  ///   - watermark: The highest event time before `next`.
  ///   - shownBefore: Of a topic with event times, before which time its messages are that were made of input up to and
  ///     at a time; guests then go where the replay upstream goes.
  public init(
    writer: TopicWriter, reader: TopicReader, publisher: Publisher, schema: JSONValue, next: Int = 0, epoch: Int = 0,
    watermark: EventTime? = nil, shownBefore: ((EventTime) -> EventTime)? = nil, faults: Faults = .none
  ) throws {
    topic = writer.identity.name
    self.writer = writer
    self.reader = reader
    self.publisher = publisher
    self.shownBefore = shownBefore
    existing = writer.nextOffset
    wasSealed = writer.isSealed
    self.faults = faults
    self.next = next
    self.watermark = watermark
    number = try publisher.declare(
      topic, run: writer.identity.run, log: reader, schema: schema, next: next, epoch: shownBefore == nil ? 0 : epoch,
      watermark: watermark)
  }

  /// Logs, then publishes. Blocks while a member of the publisher is too far behind.
  ///
  /// - Throws: ``DivergenceError`` where the files hold something else at these offsets; `TopicLogError`.
  public func deliver(_ chunk: OutputChunk) throws {
    if let time = chunk.maxTime { watermark = max(watermark ?? time, time) }
    if next >= existing || !faults.has(.comparison) {
      try append(chunk.lines, chunk.count, chunk.maxTime)
    } else {
      try compare(chunk)
    }
    next += chunk.count
    if isUnseen {
      try publisher.publishUnseen(number, count: chunk.count, bytes: chunk.lines.count)
    } else {
      try publisher.publish(number, lines: chunk.lines, count: chunk.count, watermark: chunk.maxTime)
    }
    try faults.reach(.afterPublish)
  }

  /// Writes out the checksums of everything delivered.
  public func flushChecksums() throws { try writer.flushChecksums() }

  /// Waits until everything delivered is on the disk.
  public func sync() throws { try writer.sync() }

  // MARK: Jumps

  /// Does what the replay upstream does. Topics without event times have nothing to do with it.
  func follow(_ actions: [StageMirror.Action], isLive: Bool) throws {
    guard let shownBefore else { return }
    for action in actions {
      switch action {
      case .jump(let time, let epoch):
        try reader.refresh()
        // what was made of events before that time
        let bound = shownBefore(EventTime(secondsSinceEpoch: time.secondsSinceEpoch - 1))
        let offset = min(try reader.offset(atOrAfter: bound), publisher.next(of: number))
        try publisher.jump(number, to: offset, epoch: epoch, watermark: nil, clock: time)
      case .show(let time): try showAgain(before: shownBefore(time))
      case .goLive: try showAgain(before: nil)
      }
    }
    isUnseen = !isLive
  }

  private func showAgain(before bound: EventTime?) throws {
    var position = publisher.position(of: number)
    var end = publisher.next(of: number)
    guard position < end else { return }
    try reader.refresh()
    var shown = watermark
    if let bound {
      end = min(end, try reader.offset(atOrAfter: bound))
      shown = EventTime(secondsSinceEpoch: bound.secondsSinceEpoch - 1)
    }
    while position < end, let slice = try reader.slice(from: position, maxBytes: 1 << 16, before: end) {
      try publisher.publishAgain(
        number, lines: slice.bytes, owner: slice.owner, count: slice.count, watermark: shown)
      position += slice.count
    }
  }

  /// Completes the topic: no more messages follow.
  public func end() throws {
    guard next >= existing else {
      throw DivergenceError(topic: topic, offset: next, expected: "the topic's end", actual: "a message")
    }
    if !wasSealed { try writer.seal() }
    try publisher.end(number)
  }

  /// The offset behind what was delivered in this life, and before it where that is known to be the same.
  public var messageCount: Int { next }
  /// Whether the files have more than that, of an earlier life.
  public var isRepeating: Bool { next < existing }
  public var byteCount: Int { writer.byteCount }

  public func close() throws { try writer.close() }

  private func append(_ lines: UnsafeRawBufferPointer, _ count: Int, _ time: EventTime?) throws {
    guard !wasSealed else {
      throw DivergenceError(topic: topic, offset: existing, expected: "a message", actual: "the topic's end")
    }
    try faults.reach(.beforeAppend)
    try writer.append(lines, count: count, maxTime: time)
    try faults.reach(.afterAppend)
  }

  private func compare(_ chunk: OutputChunk) throws {
    var rest = chunk.lines
    var offset = next
    let end = min(next + chunk.count, existing)
    while offset < end {
      guard let slice = try reader.slice(from: offset, maxBytes: rest.count, maxCount: end - offset, before: end) else {
        throw DivergenceError(topic: topic, offset: offset, expected: "a message", actual: "nothing")
      }
      guard rest.count >= slice.bytes.count, rest.prefix(slice.bytes.count).elementsEqual(slice.bytes) else {
        throw divergence(rest, slice, offset)
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[slice.bytes.count...])
      offset += slice.count
    }
    if !rest.isEmpty { try append(rest, next + chunk.count - offset, chunk.maxTime) }
  }

  /// Names the first message that differs.
  private func divergence(_ given: UnsafeRawBufferPointer, _ slice: TopicSlice, _ offset: Int) -> DivergenceError {
    var (given, logged, offset) = (given, slice.bytes, offset)
    while let a = given.firstLineFeed, let b = logged.firstLineFeed, given[...a].elementsEqual(logged[...b]) {
      given = UnsafeRawBufferPointer(rebasing: given[(a + 1)...])
      logged = UnsafeRawBufferPointer(rebasing: logged[(b + 1)...])
      offset += 1
    }
    func line(_ bytes: UnsafeRawBufferPointer) -> String {
      String(decoding: bytes.prefix(min(bytes.firstLineFeed ?? bytes.count, 200)), as: UTF8.self)
    }
    return DivergenceError(topic: topic, offset: offset, expected: line(given), actual: line(logged))
  }
}

/// A topic's files hold another message than the step gives for the same offset: they are from other input, another
/// version, or damaged.
public struct DivergenceError: Error, Equatable, CustomStringConvertible {
  public var topic: String
  public var offset: Int
  /// What the step gives.
  public var expected: String
  /// What the files hold.
  public var actual: String

  public var description: String {
    "\(topic) at offset \(offset) holds another message than this run gives: expected \(expected), found \(actual). "
      + "Remove the folder of \(topic) to have it written anew."
  }
}
