import Aggregator
import TopicStream

/// Past messages of `events.clean`, fetched from its publisher.
final class FetchedHistory: EventHistory {
  private let history: TopicHistory

  /// - Parameter history: One whose second input is `events.clean`.
  init(_ history: TopicHistory, process: StageProcess) {
    self.history = history
    history.onWait = {
      // a publisher that was started again gives nothing before it knows that this stage is there
      try process.keepAlive()
      try process.turn { .progress(StageProgress(waiting: "reading past events")) }
    }
  }

  func forEachBatch(in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try history.forEachBatch(ofInput: 1, in: offsets) { lines, _ in try body(lines) }
  }
}
