import Records

extension Consumer {
  /// A stretch of messages, in offset order, each given exactly once.
  public struct Batch {
    /// Which of the topics that were asked for.
    public var topic: Int
    public var topicName: String
    public var run: String
    public var epoch: Int
    /// The offset of the first message.
    public var offset: Int
    public var count: Int
    /// `count` lines, each ended by a line feed; valid until the consumer is asked for the next batch.
    public var lines: UnsafeRawBufferPointer
    public var watermark: EventTime?
    public var clock: EventTime?
    /// Whether the topic has ended with this batch, which may then be empty.
    public var isEnd: Bool

    /// The offset behind this batch.
    public var next: Int { offset + count }
  }
}

extension UnsafeRawBufferPointer {
  /// What is left behind the first `count` lines, or nothing where there are not so many.
  func dropFirstLines(_ count: Int) -> UnsafeRawBufferPointer? {
    var rest = self
    for _ in 0..<count {
      guard let feed = rest.firstLineFeed else { return nil }
      rest = UnsafeRawBufferPointer(rebasing: rest[(feed + 1)...])
    }
    return rest
  }
}
