import Records
import TopicLog
import TopicStream
import TopicView
import ZeroMQ

/// A topic as its message files have it, which may still grow.
final class FileFeed: TopicFeed {
  let topic: String
  private(set) var next = 0
  private(set) var present = 0
  let isAttached = true
  private let folder: TopicFolder
  private let follows: Bool
  private let awaitsWriters: Bool
  private let onNews: (String) -> Void
  private let times: TopicTimes
  private var reader: TopicReader
  private var hasEnded = false
  private var slice: TopicSlice?
  /// Since when nobody is known to write the topic.
  private var unwrittenSince: Int?

  /// A writer that is started again comes back within so long, in nanoseconds.
  private static let absenceNanoseconds = 2_000_000_000

  /// - Parameters:
  ///   - follows: Waits for what is added while somebody writes the topic.
  ///   - awaitsWriters: Waits for more even while nobody writes the topic.
  ///   - begin: Decides at which offset to begin; may throw to give up.
  /// - Throws: ``CommandError`` where there is no such topic; `TopicLogError` where it cannot be read.
  init(
    topic: String, folder: TopicFolder, times: TopicTimes, follows: Bool, awaitsWriters: Bool = false,
    onNews: @escaping (String) -> Void,
    begin: (TopicReader) throws -> Int
  ) throws {
    self.topic = topic
    self.folder = folder
    self.follows = follows
    self.awaitsWriters = awaitsWriters
    self.onNews = onNews
    self.times = times
    reader = try folder.reader(topic, times: times)
    next = try begin(reader)
    present = reader.nextOffset
  }

  var missing: String { "\(folder.directory(of: topic)) cannot be read" }

  func receive() throws -> FeedBatch? {
    if hasEnded { return nil }
    if next >= reader.nextOffset, !reader.isSealed, follows { try refresh() }
    slice = next < reader.nextOffset ? try reader.slice(from: next, maxBytes: 1 << 20) : nil
    guard let slice else {
      guard next >= reader.nextOffset, try reader.isSealed || isAbandoned() else { return nil }
      hasEnded = true
      return batch(0, UnsafeRawBufferPointer(start: nil, count: 0))
    }
    unwrittenSince = nil
    defer { next += slice.count }
    return batch(slice.count, slice.bytes)
  }

  func add(to poller: inout Poller) {}

  func close() { hasEnded = true }

  private func batch(_ count: Int, _ lines: UnsafeRawBufferPointer) -> FeedBatch {
    FeedBatch(
      place: MessagePlace(topic: topic, run: reader.identity?.run ?? "", offset: next), count: count, lines: lines,
      watermark: nil, isEnd: hasEnded)
  }

  /// Whether nobody writes the topic any more, although it was not completed.
  private func isAbandoned() throws -> Bool {
    guard follows, !awaitsWriters else { return false }
    guard try TopicWriter.holder(directory: reader.path) == nil else {
      unwrittenSince = nil
      return false
    }
    let now = StreamClock.monotonic.now()
    let since = unwrittenSince ?? now
    unwrittenSince = since
    guard now - since >= FileFeed.absenceNanoseconds else { return false }
    // what was written last, before its writer went
    try refresh()
    guard next >= reader.nextOffset, !reader.isSealed else { return false }
    onNews("\(topic) is not complete, and nobody writes it: ends here, at offset \(next); --follow waits for more")
    return true
  }

  /// Looks for what was added; where another run has taken the topic's place, begins with that.
  private func refresh() throws {
    do {
      try reader.refresh()
    } catch {
      guard error.code == .replaced || error.code == .shrunk else { throw error }
      reader = try folder.reader(topic, times: times)
      next = reader.firstOffset
      onNews("\(topic) is written anew, as run \(reader.identity?.run ?? "of nobody"): goes on at its beginning")
    }
  }
}
