import Records
import TopicLog

/// A publisher's side of one topic.
struct PublishedTopic {
  let name: String
  let nameBytes: [UInt8]
  let run: String
  let log: TopicReader
  let schema: JSONValue
  /// Where messages say when they happened, where the schema does not say it.
  let timeField: TimeField?
  private(set) var epoch: Int
  /// The offset of the first message that belongs to this run.
  let first: Int
  /// The offset behind the last published message.
  private(set) var next: Int
  /// The offset of the message that goes out next: behind ``next`` where a replay has gone back.
  private(set) var position: Int
  /// The highest event time sent, since the replay last went somewhere else.
  private(set) var watermark: EventTime?
  var clock: EventTime?
  var hasEnded = false
  /// Whether its messages are shown again and again: then it has ended for members, and for guests only a pass has.
  var goesRound = false
  var window: PublicationWindow
  /// When the last message went out, in nanoseconds.
  var lastSent = Int.min / 2

  init(
    name: String, run: String, log: TopicReader, schema: JSONValue, first: Int = 0, next: Int, epoch: Int = 0,
    watermark: EventTime?, timeField: TimeField? = nil, options: Publisher.Options
  ) {
    self.name = name
    nameBytes = Array(name.utf8)
    self.run = run
    self.log = log
    self.schema = schema
    self.timeField = timeField
    self.first = first
    self.next = max(first, next)
    position = self.next
    self.epoch = epoch
    self.watermark = watermark
    clock = watermark
    window = PublicationWindow(batchLimit: options.windowBatches, byteLimit: options.windowBytes)
  }

  /// What lies at the position: nothing yet.
  var heartbeat: DataHeader {
    var header = DataHeader(
      run: run, epoch: epoch, offset: position, count: 0, watermark: watermark, clock: clock,
      isEnd: hasEnded && !goesRound && position == next, first: first,
      published: position < next || (hasEnded && goesRound) ? next : nil, isComplete: hasEnded)
    header.isPassEnd = hasEnded && goesRound && position == next
    return header
  }

  /// Whether what goes out next was published before.
  var isRepeating: Bool { position < next }

  /// Counts a batch as sent. One of messages that were published before must not go beyond those.
  ///
  /// - Returns: Its header.
  mutating func advance(count: Int, bytes: Int, watermark time: EventTime?, clock: EventTime?) -> DataHeader {
    let offset = position
    let isNew = position == next
    position += count
    if let time { watermark = watermark.map { max($0, time) } ?? time }
    self.clock = clock ?? watermark
    if isNew {
      next = position
      window.published(end: next, bytes: bytes)
    } else {
      precondition(position <= next, "messages that were published before and new ones in one batch")
    }
    var header = heartbeat
    (header.offset, header.count) = (offset, count)
    // that the topic ended is said when it ends, and to those who see it end again
    if isNew { (header.isEnd, header.isPassEnd) = (false, false) }
    return header
  }

  /// Counts a batch as published that nobody is shown: members fetch it.
  mutating func advanceUnseen(count: Int, bytes: Int) {
    next += count
    window.published(end: next, bytes: bytes)
  }

  /// Goes somewhere else: back to what is sent once more, or forward, so that what lies between is there to be fetched.
  mutating func jump(to offset: Int, epoch: Int?, watermark: EventTime?, clock: EventTime?) {
    self.epoch = max(self.epoch + 1, epoch ?? 0)
    position = offset
    self.watermark = watermark
    self.clock = clock
    guard offset > next else { return }
    next = offset
    // nothing more goes out before the members have it
    window.published(end: offset, bytes: window.byteLimit)
  }
}
