import Records
import Replay
import TopicLog
import TopicStream
import TopicView
import ZeroMQ

/// Shows topics: takes messages from wherever they come, and writes what a person wants to see of them.
final class TailJob {
  private let command: TailCommand
  private let output: StandardOutput
  private let clock = StreamClock.monotonic
  private let table: MessageTable?
  private let view: MessageView
  private let until: EndPosition?
  private var feeds: [any TopicFeed] = []
  private var directory: PublisherDirectory?
  private var schemas: [String: TopicSchema] = [:]

  /// Without `--follow`, a publisher that is not there is waited for so long, in nanoseconds.
  private static let patienceNanoseconds = 3_000_000_000
  /// So many stretches are taken of one topic before the others have their turn.
  private static let batchesPerTurn = 16

  init(command: TailCommand, output: StandardOutput) throws {
    self.command = command
    self.output = output
    let format = try command.output.format.map { try LineFormat($0) }
    until = try command.end
    table = command.output.output == .table ? MessageTable(showsTopic: command.topics.count > 1) : nil
    view = MessageView(
      filter: try command.selection.filter, until: until, countLimit: command.count,
      style: format.map { .format($0) } ?? table.map { .table($0) }
        ?? (StandardOutput.isTerminal ? .visibleJSON : .json))
  }

  func perform() throws {
    let context = try Context()
    defer { context.terminate() }
    defer {
      for feed in feeds { feed.close() }
      directory?.close()
    }
    for topic in command.topics { schemas[topic] = TopicCatalogue.schema(of: topic) }
    fitScreen()
    try open(context)
    let started = clock.now()
    while !feeds.isEmpty, !view.isFull {
      try StopSignal.check()
      if StandardOutput.readerHasGone { throw ReaderGone() }
      if try takeTurn() { continue }
      try flush()
      if !command.follow, let lacking = feeds.first(where: { !$0.isAttached }),
        clock.now() - started > TailJob.patienceNanoseconds
      {
        throw CommandError("\(lacking.missing): \(TailJob.advice)")
      }
      try wait()
    }
    try flush()
  }

  private static let advice =
    "start daylapse run, say where with --publisher or --base-port, or read the message files with --files"

  // MARK: Opening

  private func open(_ context: Context) throws {
    let start = try command.start
    let (follows, awaits) = (command.follow, command.followOption == true)
    if command.files {
      let folder = TopicFolder(path: command.topicsDir)
      feeds = try command.topics.map { topic in
        let times = try folder.times(of: topic, given: command.times.given)
        if let guess = times.guess { tell(guess) }
        schemas[topic] = times.schema
        return try FileFeed(
          topic: topic, folder: folder, times: times, follows: follows,
          awaitsWriters: awaits,
          onNews: { [unowned self] in tell($0) },
          begin: { reader in
            let grows =
              try follows && !reader.isSealed
              && (awaits || TopicWriter.holder(directory: reader.path) != nil)
            let position = start ?? (grows ? .now : .beginning)
            try checkTimes(times, reader)
            let offset = try position.offset(first: reader.firstOffset, next: reader.nextOffset) {
              try reader.offset(atOrAfter: $0)
            }
            if case .time(let time) = position, offset == reader.nextOffset, offset > reader.firstOffset {
              tell("\(topic) has come to \(try reader.watermark.map { "\($0)" } ?? "no event yet"), not to \(time)")
            }
            try check(offset, of: topic, next: reader.nextOffset, hasEnded: reader.isSealed)
            return offset
          })
      }
      return
    }
    var options = PublisherFeed.Options(name: command.attach.name)
    // what is there at present lies in one piece, wherever the replay goes
    options.followsJumps = follows ? nil : false
    options.saysWhoIsMissing = follows
    options.isReady = { [unowned self] in feeds.allSatisfy(\.isAttached) }
    options.onWait = {
      try StopSignal.check()
      if StandardOutput.readerHasGone { throw ReaderGone() }
    }
    options.onNews = { [unowned self] in tell($0) }
    let directory = try command.attach.directory(context)
    self.directory = directory
    feeds = command.topics.map { topic in
      PublisherFeed(topic: topic, directory: directory, options: options) { [unowned self] beginning in
        let found = beginning.topic
        schemas[topic] = TopicSchema(published: found)
        if let former = beginning.formerRun {
          tell("\(topic) has a new run \(found.run) in place of \(former): goes on at its beginning")
          return .init(offset: found.first)
        }
        if case .time = until, !schemas[topic]!.hasEventTime {
          throw CommandError("--until is a time, but messages of \(topic) have none: give an offset")
        }
        let begin = try beginning.start(at: start ?? (follows && !found.hasEnded ? .now : .beginning))
        if begin.isAhead, let time = begin.awaits {
          try checkAhead("\(time)", of: topic, has: found.watermark.map { "\($0)" } ?? "no event yet")
        }
        if begin.awaits == nil { try check(begin.offset, of: topic, next: found.next, hasEnded: found.hasEnded) }
        return begin
      }
    }
  }

  /// Refuses times in files whose messages have none that can be read.
  private func checkTimes(_ times: TopicTimes, _ reader: TopicReader) throws {
    let flag: String
    switch (try command.start, until) {
    case (.time, _): flag = "--from"
    case (_, .time): flag = "--until"
    default: return
    }
    guard reader.nextOffset > reader.firstOffset, try reader.watermark == nil else { return }
    let survey = try TimeSurvey(
      of: reader, offsets: reader.firstOffset..<(reader.firstOffset + 1), timeOf: times.timeOf, field: times.field)
    let field = times.field?.name ?? "event_time"
    throw CommandError(
      "\(flag) is a time, but messages of \(times.schema.topic) have none that can be read in \"\(field)\" "
        + "(\(survey.firstUntimed?.description ?? "offset \(reader.firstOffset)")): give an offset, or say where their times are "
        + "with --time-field and --time-unit, or in their topic.json")
  }

  private func checkAhead(_ time: String, of topic: String, has watermark: String) throws {
    guard command.follow else {
      throw CommandError("\(topic) has come to \(watermark): there is nothing from \(time) on yet")
    }
    tell("\(topic) has come to \(watermark): waiting for \(time)")
  }

  /// Refuses to begin where nothing will ever be.
  private func check(_ offset: Int, of topic: String, next: Int, hasEnded: Bool) throws {
    guard offset > next else { return }
    if hasEnded { throw CommandError("\(topic) ends at offset \(next): there is nothing from offset \(offset) on") }
    guard command.follow else {
      throw CommandError("\(topic) has come to offset \(next): there is nothing from offset \(offset) on yet")
    }
    tell("\(topic) has come to offset \(next): waiting for offset \(offset)")
  }

  // MARK: Taking messages

  /// Takes what has come.
  ///
  /// - Returns: Whether anything has.
  private func takeTurn() throws -> Bool {
    var hasTaken = false
    for feed in feeds {
      for _ in 0..<TailJob.batchesPerTurn where !view.isFull {
        if isOver(feed) {
          remove(feed)
          break
        }
        guard let batch = try feed.receive() else { break }
        hasTaken = true
        let stops = view.take(
          MessageView.Batch(
            place: batch.place, count: batch.count, lines: batch.lines, watermark: batch.watermark),
          schemas[feed.topic]!, before: command.follow ? nil : feed.present, into: output.buffer)
        try output.flushIfFull()
        if stops || batch.isEnd {
          remove(feed)
          break
        }
      }
    }
    return hasTaken
  }

  /// Whether a topic has come to where it stops, so that nothing more need be waited for.
  private func isOver(_ feed: any TopicFeed) -> Bool {
    guard feed.isAttached else { return false }
    if !command.follow, feed.next >= feed.present { return true }
    if case .offset(let end) = until { return feed.next >= end }
    return false
  }

  private func remove(_ feed: any TopicFeed) {
    feed.close()
    feeds.removeAll { $0 === feed }
  }

  private func wait() throws {
    var poller = Poller()
    for feed in feeds { feed.add(to: &poller) }
    directory?.add(to: &poller)
    _ = try poller.wait(timeoutMilliseconds: 50)
  }

  // MARK: Showing

  /// Lays tables out for the screen as it is now.
  private func fitScreen() {
    guard let table else { return }
    let screen = StandardOutput.screen
    table.widthLimit = screen?.columns
    table.rowsPerHeader = screen.map { max(5, $0.rows - 1) }
  }

  private func flush() throws {
    fitScreen()
    view.flush(into: output.buffer)
    try output.flush()
  }

  /// Tells a person what happens, below what was shown before it happened.
  private func tell(_ news: String) {
    guard !command.quiet else { return }
    try? flush()
    Terminal.writeError("daylapse: \(news)")
  }
}
