import Records
import TopicLog
import TopicStream
import TopicView
import ZeroMQ

/// Records topics: takes every message, in order, whatever a person does to the replay in the meantime.
final class RecordJob {
  private let command: RecordCommand
  private let directory: PublisherDirectory
  private let line: ProgressLine
  private let clock = StreamClock.monotonic
  private var tracks: [Track] = []
  private var lastShown = (at: Int.min / 2, bytes: 0)
  private var rate = 0.0

  /// So many stretches are taken of one topic before the others have their turn.
  private static let batchesPerTurn = 16
  /// A publisher that is not there for so long, in nanoseconds, is worth a word.
  private static let missingNanoseconds = 1_000_000_000

  private struct Track {
    let recording: Recording
    let feed: PublisherFeed
  }

  init(command: RecordCommand, context: Context) throws {
    self.command = command
    directory = try command.attach.directory(context)
    line = ProgressLine(isQuiet: command.quiet)
  }

  /// Records until every topic has ended.
  func perform() throws {
    defer {
      for track in tracks { track.feed.close() }
      directory.close()
    }
    do {
      try open(try topics())
      while let track = tracks.first(where: { !$0.recording.isComplete }) {
        try StopSignal.check()
        if try takeTurn() { continue }
        try wait()
        if !track.feed.isAttached { showProgress(waiting: "waiting for \(track.recording.topic)") }
      }
      for track in tracks { try track.recording.close() }
    } catch {
      for track in tracks { try? track.recording.close() }
      line.clear()
      tellWhatIsThere()
      throw error
    }
    line.clear()
    guard !command.quiet else { return }
    for track in tracks {
      Terminal.write(
        "\(track.recording.topic.padded(to: 20)) \(Figures.grouped(track.recording.messageCount).aligned(to: 12)) "
          + Figures.bytes(track.recording.byteCount).aligned(to: 10))
    }
  }

  /// The topics to record: those that were named, or all that there are.
  private func topics() throws -> [String] {
    if !command.topics.isEmpty { return command.topics }
    guard let given = command.attach.publisher else { return Topology.allTopics }
    let since = clock.now()
    var hasSaid = false
    while true {
      if let topics = try directory.givenTopics() {
        try check(topics, of: given)
        return topics
      }
      try StopSignal.check()
      try wait()
      guard !hasSaid, clock.now() - since > RecordJob.missingNanoseconds else { continue }
      hasSaid = true
      say("nobody publishes at \(given): waiting for it")
    }
  }

  /// Refuses names that would lead out of the folder, or do something to the terminal.
  private func check(_ topics: [String], of publisher: String) throws {
    for topic in topics {
      guard let problem = TopicName.problem(of: topic) else { continue }
      throw CommandError(
        "\(publisher) publishes \"\(topic)\", which is no name of a topic (such a name \(problem)): "
          + "nothing is recorded; name the topics that you trust")
    }
  }

  private func open(_ topics: [String]) throws {
    let start = try StartPosition.argument(command.from)
    var options = PublisherFeed.Options(name: command.attach.name)
    // every message once, in order: a jump changes what is shown next, not what is true
    options.followsJumps = false
    options.isReady = { [unowned self] in tracks.allSatisfy(\.feed.isAttached) }
    options.onWait = { try StopSignal.check() }
    options.onNews = { [unowned self] in say($0) }
    tracks = topics.map { topic in
      let recording = Recording(
        topic: topic, directory: command.output + "/" + topic, start: start, mayReplace: command.replace,
        onNews: { [unowned self] in say($0) })
      let feed = PublisherFeed(
        topic: topic, directory: directory, options: options, begin: { try recording.open($0) })
      return Track(recording: recording, feed: feed)
    }
  }

  /// Takes what has come.
  ///
  /// - Returns: Whether anything has.
  private func takeTurn() throws -> Bool {
    var hasTaken = false
    for track in tracks where !track.recording.isComplete {
      for _ in 0..<RecordJob.batchesPerTurn {
        guard let batch = try track.feed.receive() else { break }
        hasTaken = true
        try track.recording.take(batch)
        if track.recording.isComplete { break }
      }
      if track.recording.isComplete { track.feed.close() }
    }
    showProgress(waiting: nil)
    return hasTaken
  }

  private func wait() throws {
    var poller = Poller()
    for track in tracks { track.feed.add(to: &poller) }
    directory.add(to: &poller)
    _ = try poller.wait(timeoutMilliseconds: 50)
  }

  // MARK: Telling

  private func say(_ news: String) { line.say("record: \(news)") }

  private func showProgress(waiting: String?) {
    let now = clock.now()
    guard now - lastShown.at >= line.intervalNanoseconds else { return }
    let bytes = tracks.reduce(0) { $0 + $1.recording.byteCount }
    if lastShown.at > 0 { rate = Double(bytes - lastShown.bytes) / (Double(now - lastShown.at) / 1e9) }
    lastShown = (now, bytes)
    let messages = tracks.reduce(0) { $0 + $1.recording.messageCount }
    let lag = tracks.reduce(0) { $0 + $1.feed.lag }
    let words = [
      "record", "\(Figures.count(messages, "message"))", Figures.bytes(bytes),
      rate > 0 ? "\(Figures.bytes(Int(rate)))/s" : nil, lag > 0 ? "\(Figures.grouped(lag)) behind" : nil, waiting,
    ]
    line.show(words.compactMap { $0 }.joined(separator: "  "))
  }

  /// Says how far the recordings have come that can be gone on with.
  private func tellWhatIsThere() {
    guard !command.quiet else { return }
    for recording in tracks.map(\.recording) where recording.isOpen {
      let state = recording.isComplete ? "complete" : "to be gone on with by the same command"
      Terminal.writeError(
        "record: \(recording.topic) has \(Figures.count(recording.messageCount, "message")), \(state)")
    }
  }
}
