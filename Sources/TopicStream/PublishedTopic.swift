import Records
import TopicLog

/// A publisher's side of one topic.
struct PublishedTopic {
  let name: String
  let nameBytes: [UInt8]
  let run: String
  let log: TopicReader
  let schema: JSONValue
  var epoch = 0
  /// The offset behind the last published message.
  private(set) var next: Int
  private(set) var watermark: EventTime?
  var clock: EventTime?
  var hasEnded = false
  var window: PublicationWindow
  /// When the last message went out, in nanoseconds.
  var lastSent = Int.min / 2

  init(
    name: String, run: String, log: TopicReader, schema: JSONValue, next: Int, watermark: EventTime?,
    options: Publisher.Options
  ) {
    self.name = name
    nameBytes = Array(name.utf8)
    self.run = run
    self.log = log
    self.schema = schema
    self.next = next
    self.watermark = watermark
    clock = watermark
    window = PublicationWindow(batchLimit: options.windowBatches, byteLimit: options.windowBytes)
  }

  var heartbeat: DataHeader {
    DataHeader(
      run: run, epoch: epoch, offset: next, count: 0, watermark: watermark, clock: clock, isEnd: hasEnded)
  }

  /// Counts a batch as published.
  ///
  /// - Returns: Its header.
  mutating func advance(count: Int, bytes: Int, watermark time: EventTime?, clock: EventTime?) -> DataHeader {
    let offset = next
    next += count
    if let time { watermark = watermark.map { max($0, time) } ?? time }
    self.clock = clock ?? watermark
    window.published(end: next, bytes: bytes)
    return DataHeader(
      run: run, epoch: epoch, offset: offset, count: count, watermark: watermark, clock: self.clock)
  }
}
