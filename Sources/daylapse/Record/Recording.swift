import Records
import TopicLog
import TopicStream
import TopicView

/// The message files that one topic is recorded in.
final class Recording {
  let topic: String
  /// Whether the topic has ended and everything is there.
  private(set) var isComplete = false
  private let directory: String
  /// Where to begin, if not at the beginning.
  private let start: StartPosition?
  private let mayReplace: Bool
  private let onNews: (String) -> Void
  private var writer: TopicWriter?
  private var digest = RecordingDigest(first: 0)
  private var timeOf: LineTime = { _ in nil }
  /// What is to be written once the time that is waited for has come.
  private var pending: (run: String, schema: TopicSchema)?

  init(
    topic: String, directory: String, start: StartPosition?, mayReplace: Bool, onNews: @escaping (String) -> Void
  ) {
    self.topic = topic
    self.directory = directory
    self.start = start
    self.mayReplace = mayReplace
    self.onNews = onNews
  }

  var messageCount: Int { writer?.nextOffset ?? 0 }
  var byteCount: Int { writer?.byteCount ?? 0 }
  var isOpen: Bool { writer != nil }

  /// Opens the files, once it is known of which run: those of the same run are gone on with.
  ///
  /// - Returns: Where the first message is that is not there yet.
  /// - Throws: ``CommandError`` where the folder holds something else; `TopicLogError` where it cannot be written.
  func open(_ beginning: PublisherFeed.Beginning) throws -> PublisherFeed.Start {
    let found = beginning.topic
    if let former = beginning.formerRun, writer != nil, !mayReplace {
      throw CommandError(
        "\(topic) has a new run \(found.run) in place of \(former), of which \(directory) has "
          + "\(Figures.count(messageCount, "message")): record the new one into another folder, or add --replace")
    }
    try close()
    let schema = TopicSchema(published: found)
    timeOf = schema.timeOf
    let goesOn = try canGoOn(with: found)
    if !goesOn {
      let begin = try start(beginning)
      if let time = begin.awaits {
        if begin.isAhead {
          onNews("\(topic) has come to \(found.watermark.map { "\($0)" } ?? "no event yet"): waiting for \(time)")
        }
        (pending, writer) = ((found.run, schema), nil)
        return begin
      }
      digest = RecordingDigest(first: begin.offset)
    }
    let writer = try openWriter(found.run, schema, goesOn: goesOn)
    if let tail = writer.tornTail { onNews("\(tail)") }
    let next = digest.first + writer.nextOffset
    if writer.isSealed {
      onNews("\(topic) is complete already, with \(Figures.count(writer.nextOffset, "message"))")
      isComplete = true
    } else if found.hasEnded, next > found.next {
      throw CommandError("\(topic) ends at offset \(found.next), but \(directory) has messages up to offset \(next)")
    } else if goesOn, writer.nextOffset > 0 {
      onNews("\(topic) goes on after \(Figures.count(writer.nextOffset, "message"))")
    }
    return .init(offset: next)
  }

  @discardableResult
  private func openWriter(_ run: String, _ schema: TopicSchema, goesOn: Bool) throws -> TopicWriter {
    let opened = try TopicWriter(
      directory: directory, identity: TopicIdentity(name: topic, run: run, digest: digest.description),
      options: TopicWriter.Options(rollsAtMidnight: schema.hasEventTime, timeField: schema.ownTimeField),
      mode: goesOn ? .resume : .create, timeOf: timeOf)
    writer = opened
    return opened
  }

  /// Writes what has come, and completes the topic where it has ended.
  func take(_ batch: FeedBatch) throws {
    if let pending, batch.count > 0 || batch.isEnd {
      digest = RecordingDigest(first: batch.place.offset)
      try openWriter(pending.run, pending.schema, goesOn: false)
      self.pending = nil
    }
    guard let writer, !isComplete else { return }
    if batch.count > 0 {
      guard batch.place.offset == digest.first + writer.nextOffset else {
        throw CommandError(
          "\(topic): expected offset \(digest.first + writer.nextOffset), but got \(batch.place.offset)")
      }
      try writer.append(batch.lines, count: batch.count, maxTime: highestTime(batch.lines))
    }
    guard batch.isEnd else { return }
    try writer.seal()
    isComplete = true
  }

  /// Gives the files free for others; a topic that has not ended can be gone on with.
  func close() throws {
    try writer?.flushChecksums()
    try writer?.close()
  }

  /// Whether the folder has the beginning of this very recording.
  ///
  /// - Throws: ``CommandError`` where it has something that is not to be replaced.
  private func canGoOn(with found: PublisherDescription.Topic) throws -> Bool {
    guard let existing = try TopicMetadata.read(directory: directory)?.identity else { return false }
    guard let known = RecordingDigest(existing.digest) else {
      let holder = try TopicWriter.holder(directory: directory).map { ", and \($0) is writing it" } ?? ""
      let maker = existing.digest.split(separator: " ").first ?? "something else"
      throw CommandError(
        "\(directory) is no recording, but what daylapse \(maker) made\(holder): "
          + "record into another folder (--output)")
    }
    guard existing.run == found.run else {
      guard mayReplace else {
        throw CommandError(
          "\(directory) is a recording of run \(existing.run), and \(topic) is published as run \(found.run) now: "
            + "record into another folder, or add --replace")
      }
      onNews("\(topic) replaces the recording of run \(existing.run)")
      return false
    }
    if case .offset(let offset) = start, offset != known.first {
      throw CommandError(
        "\(directory) is a recording from offset \(known.first) on, not \(offset): leave --from out to go on with it, or "
          + "record into another folder")
    }
    digest = known
    return true
  }

  private func start(_ beginning: PublisherFeed.Beginning) throws -> PublisherFeed.Start {
    let found = beginning.topic
    guard let start, beginning.formerRun == nil else { return .init(offset: found.first) }
    if case .time(let time) = start, !TopicSchema(published: found).hasEventTime {
      onNews("messages of \(topic) have no times: recorded from its beginning, not from \(time)")
      return .init(offset: found.first)
    }
    let begin = try beginning.start(at: start)
    if found.hasEnded, begin.offset > found.next {
      throw CommandError("\(topic) ends at offset \(found.next): there is nothing from offset \(begin.offset) on")
    }
    if begin.awaits == nil, begin.offset > found.next {
      onNews("\(topic) has come to offset \(found.next): waiting for offset \(begin.offset)")
    }
    return begin
  }

  private func highestTime(_ lines: UnsafeRawBufferPointer) -> EventTime? {
    var highest: EventTime?
    lines.forEachLine { line in
      if let time = timeOf(line), highest.map({ $0 < time }) ?? true { highest = time }
    }
    return highest
  }
}
