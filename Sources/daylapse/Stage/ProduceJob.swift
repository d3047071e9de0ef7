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

/// The producer: replays the raw topics, and remembers where it is.
struct ProduceJob {
  let process: StageProcess
  let context: Context
  let folders: FolderArguments
  let publishing: PublisherArguments
  let endpoints: Publisher.Endpoints
  let recovery: RecoveryArguments
  let speed: ReplaySpeed
  /// Waits for the supervisor's word before anything is published.
  var holdsStart = false
  /// Goes on with a replay that has ended: its consumers may not have.
  var resumesFinished = false

  func perform() throws {
    let sources = try RawTopic.allCases.map { topic in
      (topic, try openComplete(topic, process))
    }
    try createDirectories(folders.stateDirectory)
    let faults = process.faults
    let replay = try ReplayRecord(
      file: CheckpointFile(
        path: folders.stateDirectory + "/producer.checkpoint", stage: process.name, durability: recovery.durability,
        faults: faults, boot: process.boot),
      sources: sources.map { ($0.rawValue, $1.identity?.run ?? "", $1.nextOffset) },
      resumesFinished: resumesFinished, trusts: recovery.trusts,
      onNotice: { process.report(.notice($0)) })
    if replay.published.contains(where: { $0 > 0 }) {
      process.report(
        .notice("goes on where it was, after \(Figures.grouped(replay.published.reduce(0, +))) messages"))
    }

    var publisherOptions = try publishing.options(defaultMembers: ["cleaner"])
    publisherOptions.clock = process.clock
    let publisher = try Publisher(context: context, name: "producer", endpoints: endpoints, options: publisherOptions)
    defer { publisher.close() }
    process.listen(to: publisher)
    publisher.signOff(replay.doneMembers)
    publisher.onDone = { try replay.note(done: $0) }
    defer { publisher.forgetListeners() }
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
    while holdsStart, !process.hasStartSignal {
      try publisher.wait(milliseconds: 5)
      try StopSignal.check()
    }

    var options = Replayer.Options(timeOf: RawTopic.events.timeOf)
    options.speed = speed
    options.clock = process.clock
    options.batchBytes = publishing.batch.batchBytes
    options.batchCount = publishing.batch.batchMessages ?? .max
    options.resumesAt = replay.clock
    let replayer = Replayer(sources: replaySources, publisher: publisher, options: options)
    defer { replayer.onTurn = { _ in } }
    func progress() -> StageStatus {
      let all = sources.reduce(0) { $0 + $1.1.nextOffset }
      let done = replayer.published.reduce(0, +)
      return .progress(
        StageProgress(
          clock: replayer.now, messages: done, lag: all - done, memberLags: publisher.lags,
          waiting: publisher.waitingFor, speed: speed,
          first: replayer.span?.first, end: replayer.span?.end))
    }
    let clock = process.clock
    var saved = (time: clock.now(), bytes: 0, next: replay.published)
    replayer.onTurn = { replayer in
      try process.turn(progress)
      try faults.reach(.afterPublish)
      let now = clock.now()
      guard
        now - saved.time > ProduceJob.checkpointNanoseconds
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
        guard isMissing, turns < ProduceJob.patience else { throw error }
      }
      turns += 1
      usleep(50_000)
      try process.turn {
        .progress(StageProgress(waiting: "waiting for \(topic.rawValue) to be complete"))
      }
    }
  }
}
