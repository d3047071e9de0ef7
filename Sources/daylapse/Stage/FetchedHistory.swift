import Aggregator
import TopicStream

/// Past messages of `events.clean`, fetched from its publisher.
final class FetchedHistory: EventHistory {
  private let history: TopicHistory

  /// - Parameter history: One whose second input is `events.clean`.
  init(_ history: TopicHistory) {
    self.history = history
    history.onWait = { try StopSignal.check() }
  }

  func forEachBatch(in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try history.forEachBatch(ofInput: 1, in: offsets) { lines, _ in try body(lines) }
  }
}
