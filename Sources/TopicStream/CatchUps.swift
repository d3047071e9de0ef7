/// Peers that read a topic by fetching one stretch after the other: they are worth waiting for, those that fetch the same
/// again and again are not.
struct CatchUps {
  private struct Reader: Hashable {
    let peer: [UInt8]
    let topic: String
  }

  /// So many readers are known at most.
  static let limit = 256

  private var next: [Reader: Int] = [:]
  /// When one of them last fetched what follows its stretch before, in nanoseconds of the publisher's clock.
  private(set) var lastAt = Int.min / 2

  mutating func fetched(_ offsets: Range<Int>, of topic: String, by peer: [UInt8], now: Int) {
    let reader = Reader(peer: peer, topic: topic)
    if next[reader] == offsets.lowerBound { lastAt = now }
    if next.count >= CatchUps.limit, next[reader] == nil { next.removeAll() }
    next[reader] = offsets.upperBound
  }
}
