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

/// The producer: replays topics, does with the replay what people ask for, and remembers where it is.
struct ProduceJob {
  let process: StageProcess
  let context: Context
  let folders: FolderArguments
  let publishing: PublisherArguments
  let endpoints: Publisher.Endpoints
  let recovery: RecoveryArguments
  let pace: PaceArguments
  var topics = ProducedTopic.raw
  /// Whether topics of one's own may come out of order.
  var mayBeUnsorted = false
  /// Waits for the supervisor's word before anything is published.
  var holdsStart = false
  /// Begins anew, whatever was interrupted.
  var startsFresh = false
  /// Goes on with a replay that has ended: its consumers may not have.
  var resumesFinished = false

  func perform() throws {
    let (topics, locks) = try openComplete()
    defer { process.release { for lock in locks { lock.release() } } }
    let logs = topics.map(\.log)
    try TimeCheck(
      topics: topics, pace: pace, mayBeUnsorted: mayBeUnsorted, onNotice: { process.report(.notice($0)) },
      onProgress: { try process.turn { .progress(StageProgress(waiting: "reading the times of the messages")) } }
    ).perform()
    let offsets = try zip(topics, logs).map { topic, log in
      try topic.isBootstrap
        ? log.firstOffset..<log.nextOffset
        : ReplaySource.offsets(of: log, from: pace.from?.time, to: pace.end, timeOf: topic.timeOf)
    }
    try RangeCheck(topics: topics, offsets: offsets, pace: pace, onNotice: { process.report(.notice($0)) }).perform()
    let replay = try ReplayRecord(
      file: CheckpointFile(
        path: folders.stateDirectory + "/producer.checkpoint", stage: process.name, durability: recovery.durability,
        faults: process.faults, boot: process.boot),
      sources: topics.indices.map {
        let run = try SourceRun.of(logs[$0].identity, directory: logs[$0].path)
        return (topics[$0].name, run + topics[$0].order, offsets[$0])
      },
      startsFresh: startsFresh, resumesFinished: resumesFinished, trusts: recovery.trusts,
      onNotice: { process.report(.notice($0)) })
    let before = zip(replay.published, offsets).reduce(0) { $0 + $1.0 - $1.1.lowerBound }
    if before > 0 {
      process.report(.notice("goes on where it was, after \(Figures.count(before, "message"))"))
    }

    let isTopology = topics.map(\.name) == ProducedTopic.raw.map(\.name)
    var publisherOptions = try publishing.options(
      defaultMembers: isTopology ? ["cleaner"] : [], isStartedAgain: recovery.isStartedAgain,
      generation: process.givenGeneration)
    publisherOptions.clock = process.clock
    let publisher = try Publisher(context: context, name: "producer", endpoints: endpoints, options: publisherOptions)
    defer { publisher.close() }
    process.listen(to: publisher)
    publisher.signOff(replay.doneMembers)
    publisher.onDone = { try replay.note(done: $0) }
    defer { publisher.forgetListeners() }
    let sources = try topics.indices.map { index in
      ReplaySource(
        log: logs[index],
        topic: try publisher.declare(
          topics[index].name, run: replay.run, log: logs[index],
          schema: TopicCatalogue.schema(of: topics[index].name).json, first: offsets[index].lowerBound,
          next: replay.published[index], epoch: topics[index].isBootstrap ? 0 : replay.epoch,
          watermark: topics[index].isBootstrap ? nil : replay.clock, timeField: topics[index].times.shownField),
        isBootstrap: topics[index].isBootstrap, offsets: offsets[index], next: replay.published[index],
        timeOf: topics[index].timeOf)
    }
    let replayer = try Replayer(sources: sources, publisher: publisher, options: options(from: replay))
    defer {
      replayer.onTurn = { _ in }
      process.onKey = nil
    }
    let desk = ControlDesk(replayer, clock: process.clock)
    publisher.onRequest = { (verb, arguments) throws(ServiceError) in
      guard verb == "control" else { return nil }
      return try desk.answer(arguments)
    }
    func progress() -> StageStatus {
      let all = offsets.reduce(0) { $0 + $1.count }
      let done = zip(replayer.published, offsets).reduce(0) { $0 + $1.0 - $1.1.lowerBound }
      let status = replayer.status
      return .progress(
        StageProgress(
          clock: status.clock, messages: done, lag: all - done, memberLags: publisher.lags,
          waiting: publisher.waitingFor, state: StageProgress.State(rawValue: status.state.rawValue),
          speed: status.speed,
          achievedFactor: status.achieved, first: status.start, end: status.end))
    }
    while holdsStart, !process.hasStartSignal {
      try publisher.wait(milliseconds: 5)
      try process.turn(progress)
    }
    watch(replayer, replay, progress)
    publisher.onWait = { _ in try process.turn(progress) }
    do { try replayer.run() } catch let error as Interrupted {
      // a replay that only goes round for guests ends well
      guard replayer.hasEnded, publisher.isDone else { throw error }
    }
    try replay.save(replayer)
    if !pace.loop { try publishing.finish(publisher) }
    while desk.owesAnAnswer { try publisher.wait(milliseconds: 5) }
    var report = try report(replay.run, replayer, topics, offsets: offsets)
    if !recovery.isStartedAgain {
      report.earlierCount = topics.indices.reduce(0) {
        topics[$1].isBootstrap ? $0 : $0 + replay.published[$1] - offsets[$1].lowerBound
      }
    }
    process.report(.finished(report))
    if pace.loop, !process.isSupervised, StopSignal.isRequested {
      try replay.finish()
      throw Interrupted(hint: "the days have been shown to their end")
    }
    process.whenGone(replay.finish)
  }

  private func options(from replay: ReplayRecord) -> Replayer.Options {
    var options = Replayer.Options()
    options.speed = pace.speed.value
    options.clock = process.clock
    options.batchBytes = publishing.batch.batchBytes
    options.batchCount = publishing.batch.batchMessages ?? .max
    options.start = pace.from?.time
    options.end = pace.end
    options.resumesAt = replay.clock
    options.epoch = replay.epoch
    options.startsPaused = pace.startPaused
    if recovery.isStartedAgain, let control = replay.control {
      (options.speed, options.startsPaused) = control
    }
    options.pauseRule = pace.pauseAt
    options.longestSilence = pace.skipSilence
    options.loops = pace.loop
    return options
  }

  /// Lets the replay be reported, obey the keyboard, and be remembered.
  private func watch(_ replayer: Replayer, _ replay: ReplayRecord, _ progress: @escaping () -> StageStatus) {
    func ask(_ command: ReplayCommand) {
      do { try replayer.ask(command) } catch { process.report(.notice("\(error)")) }
    }
    process.onKey = { key in if let command = ReplayCommand(key: key) { ask(command) } }
    let clock = process.clock
    var saved = (time: clock.now(), bytes: 0, next: replay.published, epoch: replay.epoch)
    replayer.onTurn = { replayer in
      try process.turn(progress)
      for command in process.takeCommands() { ask(command) }
      try process.faults.reach(.afterPublish)
      let now = clock.now()
      guard
        now - saved.time > ProduceJob.checkpointNanoseconds
          || replayer.publishedBytes - saved.bytes >= recovery.checkpointBytes || replayer.epoch != saved.epoch
      else { return }
      saved.time = now
      guard replayer.published != saved.next || replayer.span != nil else { return }
      saved = (now, replayer.publishedBytes, replayer.published, replayer.epoch)
      try replay.save(replayer)
    }
  }

  private func report(
    _ run: String, _ replayer: Replayer, _ topics: [OpenTopic], offsets: [Range<Int>]
  ) throws -> StageReport {
    var report = StageReport()
    report.run = run
    report.written = try topics.indices.map { index in
      let isWhole = offsets[index] == topics[index].log.firstOffset..<topics[index].log.nextOffset
      return .init(
        name: topics[index].name, count: replayer.published[index] - offsets[index].lowerBound,
        bytes: try isWhole ? topics[index].log.byteCount() : topics[index].log.byteCount(of: offsets[index]))
    }
    report.peakMemoryBytes = StageProcess.peakMemoryBytes
    report.pausedSeconds = Double(replayer.pausedNanoseconds) / 1e9
    if replayer.lateness.count > 0 {
      let pace = replayer.pace
      let wallSeconds = Double(max(0, replayer.elapsedNanoseconds - replayer.pausedNanoseconds)) / 1e9
      report.pace = .init(
        wallSeconds: wallSeconds, p50: replayer.lateness.percentile(50), p99: replayer.lateness.percentile(99),
        max: replayer.lateness.maximum, shortfall: Shortfall(pace), askedFactor: pace.askedFactor,
        runShare: replayer.runShare)
    }
    return report
  }

  /// A replay remembers where it is after this time at the latest.
  private static let checkpointNanoseconds = 100_000_000

  /// How long a topic may take to appear, in turns of 50 ms: whoever generates it may just have begun.
  private static let patience = 40

  /// Opens the topics once they are complete: while one is still being generated or imported, its end is not its end.
  ///
  /// - Returns: The topics, and what keeps others from replacing them, and from replaying with the same state.
  private func openComplete() throws -> ([OpenTopic], [FolderLock]) {
    var turns = 0
    let folder = TopicFolder(path: folders.topicsDir)
    while true {
      let lock = process.isSupervised ? nil : try folders.lockTopicsForReading()
      var waitsFor = "another process to bring the days in"
      if try process.isSupervised || lock != nil || !folder.exists {
        let (open, missing) = try open(in: folder, isPatient: turns < ProduceJob.patience)
        guard let missing else {
          try checkThatTheyBelongTogether(open)
          return (
            open, [lock].compactMap { $0 } + (try folders.lockStateForReplaying(isSupervised: process.isSupervised))
          )
        }
        if turns >= ProduceJob.patience { try checkThatSomebodyCompletes(missing, in: folder) }
        waitsFor = "\(missing) to be complete"
      }
      lock?.release()
      turns += 1
      usleep(50_000)
      try process.turn { .progress(StageProgress(waiting: "waiting for \(waitsFor)")) }
    }
  }

  /// - Throws: ``CommandError`` where bringing days in was interrupted, so that waiting for their end would be in vain.
  private func checkThatSomebodyCompletes(_ topic: String, in folder: TopicFolder) throws {
    guard ProducedTopic.raw.contains(where: { $0.name == topic }),
      try TopicWriter.holder(directory: folder.directory(of: topic)) == nil
    else { return }
    throw CommandError(
      "\(folder.directory(of: topic)) is not complete, and nobody writes it any more: bring the days in again, with "
        + "daylapse generate or daylapse import")
  }

  private func checkThatTheyBelongTogether(_ open: [OpenTopic]) throws {
    func identity(_ topic: RawTopic) -> TopicIdentity? {
      topics.firstIndex { $0.name == topic.rawValue }.flatMap { open[$0].log.identity }
    }
    guard let problem = SourceRun.mismatch(users: identity(.users), events: identity(.events)) else { return }
    throw CommandError(
      "\(folders.topicsDir): \(problem). Bring the days in again, with daylapse generate or daylapse import")
  }

  /// - Returns: The topics, or the first that is not there as a whole.
  private func open(in folder: TopicFolder, isPatient: Bool) throws -> ([OpenTopic], missing: String?) {
    var open: [OpenTopic] = []
    for topic in topics {
      do throws(TopicLogError) {
        let found = try OpenTopic(topic, in: folder)
        guard found.log.isSealed else { return (open, topic.name) }
        open.append(found)
      } catch {
        guard error.code == .notFound else { throw error }
        guard isPatient else {
          guard ProducedTopic.raw.contains(where: { $0.name == topic.name }) else {
            _ = try folder.require([topic.name])
            throw error
          }
          throw CommandError(
            "\(folder.path) has no \(topic.name): make it with daylapse generate or daylapse import, or name "
              + "another folder with --topics-dir")
        }
        // a name that somebody else's topic is near to is a mistake, not a topic that is about to appear
        if !TopicCatalogue.all.contains(where: { $0.topic == topic.name }), try folder.exists,
          try Suggestion.nearest(to: topic.name, among: folder.names()) != nil
        {
          _ = try folder.require([topic.name])
        }
        return (open, topic.name)
      }
    }
    return (open, nil)
  }
}
