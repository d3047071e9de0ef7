import Records
import TopicLog
import TopicView
import ZeroMQ

/// Where the messages of one topic come from: a publisher, or files.
protocol TopicFeed: AnyObject {
  var topic: String { get }
  /// Whether the topic has been found; before that, ``next`` and ``present`` mean nothing.
  var isAttached: Bool { get }
  /// The offset of the next message.
  var next: Int { get }
  /// The offset behind the last message that was there when the topic was found.
  var present: Int { get }
  /// What keeps the topic from being found, in words.
  var missing: String { get }

  /// The next messages, or the news that the topic has ended. Blocks for a moment at most, and only where nothing is
  /// known of the topic.
  ///
  /// - Returns: Nothing where none have come.
  func receive() throws -> FeedBatch?
  /// Adds what messages come on.
  func add(to poller: inout Poller)
  func close()
}

/// Messages of a topic, in offset order.
struct FeedBatch {
  var place: MessagePlace
  var count: Int
  /// `count` lines, each ended by a line feed; valid until the feed is asked again.
  var lines: UnsafeRawBufferPointer
  /// No event time up to here is higher; nothing where that is not known.
  var watermark: EventTime?
  /// Whether the topic has ended with these messages, which may then be none.
  var isEnd: Bool
}

extension FeedBatch {
  /// Leaves out all messages before the first one at or after a time.
  mutating func leaveOut(before time: EventTime, timeOf: LineTime) {
    while count > 0 {
      let length = lines.firstLineFeed ?? lines.count
      if let found = timeOf(UnsafeRawBufferPointer(rebasing: lines[..<length])), found >= time { return }
      lines = UnsafeRawBufferPointer(rebasing: lines[min(length + 1, lines.count)...])
      place.offset += 1
      count -= 1
    }
  }
}
