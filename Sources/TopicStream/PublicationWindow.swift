/// The batches of one topic that not every member has acknowledged yet: how much of them is under way.
struct PublicationWindow {
  private struct Batch {
    var end: Int
    var bytes: Int
  }

  let batchLimit: Int
  let byteLimit: Int
  /// A queue: entries before `first` are gone.
  private var batches: [Batch] = []
  private var first = 0
  private var bytes = 0

  init(batchLimit: Int, byteLimit: Int) {
    self.batchLimit = batchLimit
    self.byteLimit = byteLimit
  }

  /// Whether one more batch may be published.
  var isOpen: Bool { batches.count - first < batchLimit && bytes < byteLimit }

  mutating func published(end: Int, bytes count: Int) {
    batches.append(Batch(end: end, bytes: count))
    bytes += count
  }

  /// Takes out what the slowest member has acknowledged.
  mutating func acknowledged(upTo next: Int) {
    while first < batches.count, batches[first].end <= next {
      bytes -= batches[first].bytes
      first += 1
    }
    if first > 1024, first * 2 > batches.count {
      batches.removeFirst(first)
      first = 0
    }
  }

  /// Forgets everything: there is no member to wait for.
  mutating func clear() {
    batches.removeAll(keepingCapacity: true)
    first = 0
    bytes = 0
  }
}
