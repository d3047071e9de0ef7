/// A consumer's place in one topic: decides what to do with each header that arrives. No sockets, no clocks.
///
/// Source: the rules of sequence numbers that TCP and Kafka consumers share. A lower offset is a repeat, a higher one a
/// gap to be fetched; a heartbeat's offset reveals a tail that was lost.
public struct TopicCursor: Equatable, Sendable {
  public enum Action: Equatable, Sendable {
    /// Take the payload, without its first `skipping` messages.
    case deliver(skipping: Int)
    /// Nothing new in it.
    case ignore
    /// Something before it is missing: fetch from ``TopicCursor/next``.
    case fetch
    /// It belongs to another run than what was consumed so far: start over.
    case startOver
  }

  /// The offset of the next message this consumer needs.
  public private(set) var next: Int
  /// The run that is being consumed, once known.
  public private(set) var run: String?
  /// The epoch last seen.
  public private(set) var epoch = 0
  /// The highest offset that the publisher is known to have reached.
  public private(set) var known = 0
  /// Where the topic ends, once known.
  public private(set) var end: Int?
  /// Waits for another topic to end before it takes messages.
  public var isHeld: Bool
  /// Whether it goes where the replay goes. Otherwise every message is delivered once, wherever the replay is.
  public let followsJumps: Bool

  public init(next: Int = 0, run: String? = nil, isHeld: Bool = false, followsJumps: Bool = false) {
    self.next = next
    self.run = run
    self.isHeld = isHeld
    self.followsJumps = followsJumps
  }

  /// Whether every message up to the topic's end has been delivered.
  public var hasEnded: Bool { end == next }

  /// Whether messages are known to exist that have not been delivered.
  public var isBehind: Bool { next < known }

  /// Begins somewhere else than at offset 0, before anything is delivered.
  public mutating func begin(at offset: Int) { next = offset }

  /// Goes to wherever a header is: takes repeats once more (`back`), or what follows a gap without what is missing.
  /// Only for tests of what then goes wrong.
  mutating func jump(to header: DataHeader, back: Bool) {
    guard header.run == run ?? header.run, header.count > 0, !isHeld else { return }
    if back ? header.offset < next : header.offset > next { next = header.offset }
  }

  /// Takes note of the run and of how far the publisher has come, without taking messages.
  public mutating func note(_ header: DataHeader, isAnswer: Bool = false) -> Action {
    let wasHeld = isHeld
    isHeld = true
    defer { isHeld = wasHeld }
    return receive(header, isAnswer: isAnswer)
  }

  /// Decides on a data message, heartbeat or fetched answer, and moves on where its payload is to be delivered.
  ///
  /// - Parameter isAnswer: Whether this was fetched: that tells what there is, not where the replay is.
  public mutating func receive(_ header: DataHeader, isAnswer: Bool = false) -> Action {
    if let run {
      if run != header.run { return .startOver }
      if followsJumps, header.epoch != epoch {
        // what was fetched before a jump, or after one that was not heard of yet
        guard header.epoch > epoch, !isAnswer else { return .ignore }
        (next, known, end) = (header.offset, header.offset, nil)
      }
    } else {
      run = header.run
    }
    epoch = max(epoch, header.epoch)
    next = max(next, header.first)
    known = max(known, header.next)
    if header.isEnd { end = header.next }
    if !followsJumps, let published = header.published {
      known = max(known, published)
      if header.isComplete { end = published }
    }
    if isHeld { return .ignore }
    if header.offset > next { return .fetch }
    // behind a replay that has gone back there may be more than it shows
    if header.next <= next { return header.published != nil && isBehind ? .fetch : .ignore }
    let skipped = next - header.offset
    next = header.next
    return .deliver(skipping: skipped)
  }
}
