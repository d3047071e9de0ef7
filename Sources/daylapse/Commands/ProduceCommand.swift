import ArgumentParser
import Checkpoints
import OutputFiles
import RawData
import Records
import Replay
import TopicLog
import TopicStream
import ZeroMQ

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

struct ProduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "produce",
    abstract: "Publishes users.raw and events.raw from their message files, in event-time order.",
    discussion: "A day per second, waiting for the cleaner to join:\n\n  daylapse produce --speed 1d/s")

  @OptionGroup var folders: FolderArguments
  @OptionGroup var publishing: PublisherArguments
  @OptionGroup var pace: PaceArguments
  @OptionGroup var recovery: RecoveryArguments
  @Flag(help: .private) var supervised = false
  @Flag(help: .private) var holdStart = false
  @Flag(help: .private) var resumesFinished = false

  func run() throws {
    let process = StageProcess(name: "producer", isSupervised: supervised)
    let sources = try RawTopic.allCases.map { topic in
      (topic, try openComplete(topic, process))
    }
    try createDirectories(folders.stateDirectory)
    let faults = recovery.faults(of: process.name)
    let replay = try ReplayRecord(
      file: CheckpointFile(
        path: folders.stateDirectory + "/producer.checkpoint", stage: process.name, durability: recovery.durability,
        faults: faults),
      sources: sources.map { ($0.rawValue, $1.identity?.run ?? "", $1.nextOffset) },
      resumesFinished: resumesFinished || recovery.isStartedAgain, onNotice: { process.report(.notice($0)) })
    if replay.published.contains(where: { $0 > 0 }) {
      process.report(
        .notice("goes on where it was, after \(Figures.grouped(replay.published.reduce(0, +))) messages"))
    }

    let context = try Context()
    defer { context.terminate() }
    let publisher = try Publisher(
      context: context, name: "producer", endpoints: try publishing.endpoints(0),
      options: publishing.options(defaultMembers: ["cleaner"]))
    defer { publisher.close() }
    process.listen(to: publisher)
    publisher.signOff(replay.doneMembers)
    publisher.onDone = { try replay.note(done: $0) }
    let replaySources = try sources.enumerated().map { index, source in
      let (topic, log) = source
      let next = replay.published[index]
      return Replayer.Source(
        log: log,
        topic: try publisher.declare(
          topic.rawValue, run: replay.run, log: log, schema: TopicCatalogue.schema(of: topic.rawValue).json,
          next: next, watermark: topic == .events ? replay.clock : nil),
        isBootstrap: topic == .users, next: next)
    }
    while holdStart, !process.hasStartSignal {
      try publisher.wait(milliseconds: 5)
      try StopSignal.check()
    }

    var options = Replayer.Options(timeOf: RawTopic.events.timeOf)
    options.speed = pace.speed.value
    options.batchBytes = publishing.batch.batchBytes
    options.batchCount = publishing.batch.batchMessages ?? .max
    options.resumesAt = replay.clock
    let replayer = Replayer(sources: replaySources, publisher: publisher, options: options)
    func progress() -> StageStatus {
      let all = sources.reduce(0) { $0 + $1.1.nextOffset }
      let done = replayer.published.reduce(0, +)
      return .progress(clock: replayer.now?.description, messages: done, lag: all - done, waiting: publisher.waitingFor)
    }
    let clock = StreamClock.monotonic
    var saved = (time: clock.now(), bytes: 0, next: replay.published)
    replayer.onTurn = { replayer in
      try process.turn(progress)
      try faults.reach(.afterPublish)
      let now = clock.now()
      guard
        now - saved.time > ProduceCommand.checkpointNanoseconds
          || replayer.publishedBytes - saved.bytes >= recovery.checkpointBytes
      else { return }
      saved.time = now
      guard replayer.published != saved.next || replayer.span != nil else { return }
      saved = (now, replayer.publishedBytes, replayer.published)
      try replay.save(published: replayer.published, clock: replayer.now)
    }
    publisher.onWait = { _ in try process.turn(progress) }
    try replayer.run()
    try replay.save(published: replayer.published, clock: replayer.now)
    try publisher.finish(lingerMilliseconds: publishing.lingerMilliseconds)
    try replay.finish()

    var report = StageReport()
    report.run = replay.run
    report.written = try zip(sources, replayer.published).map { source, count in
      .init(name: source.0.rawValue, count: count, bytes: try source.1.byteCount())
    }
    report.peakMemoryBytes = StageProcess.peakMemoryBytes
    if replayer.lateness.count > 0 {
      report.pace = .init(
        wallSeconds: Double(replayer.elapsedNanoseconds) / 1e9, p50: replayer.lateness.percentile(50),
        p99: replayer.lateness.percentile(99), max: replayer.lateness.maximum)
    }
    process.report(.finished(report))
  }
}

extension ProduceCommand {
  /// A replay remembers where it is after this time at the latest.
  private static let checkpointNanoseconds = 100_000_000

  /// How long a topic may take to appear, in turns of 50 ms: whoever generates it may just have begun.
  private static let patience = 40

  /// Opens a topic once it is complete: while it is still being generated or imported, its end is not its end.
  private func openComplete(_ topic: RawTopic, _ process: StageProcess) throws -> TopicReader {
    var turns = 0
    while true {
      let opened = Result {
        try TopicReader(directory: folders.topicsDir + "/" + topic.rawValue, timeOf: topic.timeOf)
      }
      switch opened {
      case .success(let log):
        if log.isSealed { return log }
      case .failure(let error):
        let isMissing = (error as? TopicLogError)?.code == .notFound
        guard isMissing, turns < ProduceCommand.patience else { throw error }
      }
      turns += 1
      usleep(50_000)
      try process.turn {
        .progress(clock: nil, messages: 0, lag: 0, waiting: "waiting for \(topic.rawValue) to be complete")
      }
    }
  }
}

/// How fast days go by.
struct PaceArguments: ParsableArguments {
  @Option(help: "max, realtime, a factor such as 60x, or simulated time per second: 1d/s, 6h/s.")
  var speed = SpeedArgument()
}

/// A speed, and the text it was given as.
struct SpeedArgument: ExpressibleByArgument, CustomStringConvertible {
  var argument = "max"
  var value = ReplaySpeed.max

  init() {}

  init?(argument: String) {
    guard let value = try? ReplaySpeed(argument) else { return nil }
    self.argument = argument
    self.value = value
  }

  var description: String { argument }
}
