/// Peers that read a topic by fetching one stretch after the other: they are worth waiting for, those that fetch the same
/// again and again are not.
struct CatchUps {
  private struct Reader: Hashable {
    let peer: [UInt8]
    let topic: String
  }

  /// So many readers are known at most.
  static let limit = 256

  /// How far each has read.
  private var next: [Reader: Int] = [:]
  /// When one of them last fetched what follows its stretch before, in nanoseconds of the publisher's clock.
  private(set) var lastAt = Int.min / 2

  /// How far a peer has read each topic by fetching.
  func progress(of peer: [UInt8]) -> [String: Int] {
    var progress: [String: Int] = [:]
    for (reader, offset) in next where reader.peer == peer { progress[reader.topic] = offset }
    return progress
  }

  mutating func fetched(_ offsets: Range<Int>, of topic: String, by peer: [UInt8], now: Int) {
    let reader = Reader(peer: peer, topic: topic)
    // a client may have another connection for each question
    let goesOn = next.contains { $0.key.topic == topic && $0.value == offsets.lowerBound }
    if goesOn { lastAt = now }
    if next.count >= CatchUps.limit, next[reader] == nil { next.removeAll() }
    next[reader] = offsets.upperBound
  }
}
