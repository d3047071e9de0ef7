import Checkpoints
import OutputFiles
import Records
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

/// A stage that consumes topics, runs a step, and publishes what the step gives: cleaner and aggregator.
///
/// It appends to its logs, makes a checkpoint now and then, and acknowledges what it has processed. Killed and started
/// again it goes on from the checkpoint: the step runs again from there, and what it gives is compared with what the
/// logs hold already.
struct StageJob {
  let process: StageProcess
  let context: Context
  let publisher: Publisher
  let publishing: PublisherArguments
  let recovery: RecoveryArguments
  let topicsDirectory: String
  /// Names the options that decide the content.
  let digest: String
  let upstream: Upstream
  /// The stage that is there.
  let upstreamName: String
  let makeStep: () -> any RecoverableStep
  /// Answers verbs that only this stage knows.
  var answer: (_ stage: StageState, _ verb: String, _ arguments: JSONValue) throws(ServiceError) -> JSONValue? =
    { (_, _, _) throws(ServiceError) in nil }

  /// Runs until the input has ended and all members are done. A new run upstream starts it over.
  func perform() throws {
    process.listen(to: publisher)
    try createDirectories(topicsDirectory)
    let lock = try FolderLock(directory: topicsDirectory, purpose: process.name)
    defer { process.release(lock.release) }
    let file = CheckpointFile(
      path: "\(topicsDirectory)/\(process.name).checkpoint", stage: process.name, durability: recovery.durability,
      faults: process.faults, boot: process.boot)
    var found = try file.load()
    for notice in found.notices { process.report(.notice(notice)) }
    for index in found.checkpoints.indices where !recovery.trusts(found.checkpoints[index]) {
      found.checkpoints[index].doneMembers = []
    }
    // remembered at once, in case this life is short
    if let last = file.last, last.doneMembers != found.checkpoints[0].doneMembers {
      try file.save(found.checkpoints[0])
    }
    while true {
      do {
        return try performOnce(file, found)
      } catch let error as NewRunError {
        process.report(.notice("\(error)"))
        found = CheckpointFile.Found()
      } catch let error as RecoveryError {
        guard !found.checkpoints.isEmpty else { throw error }
        process.report(.notice("\(error): goes back to the checkpoint before, or to the start"))
        found.checkpoints.removeFirst()
      }
      publisher.withdrawTopics()
    }
  }

  private func performOnce(_ file: CheckpointFile, _ found: CheckpointFile.Found) throws {
    let step = makeStep()
    var options = Consumer.Options(
      data: upstream.data, service: upstream.service, topics: step.inputs, name: process.name, role: .member)
    options.startsHeld = true
    options.clock = process.clock
    options.faults = process.faults
    options.generation = process.generation
    options.security = try publishing.security.identity()
    let consumer = try Consumer(context: context, options: options)
    defer { consumer.close() }
    let complete = found.checkpoints.first.flatMap { checkpoint in
      checkpoint.isComplete && checkpoint.state["digest"] == .string(digest)
        && (!checkpoint.hasLeft || recovery.isStartedAgain) ? checkpoint : nil
    }
    let runs = try StageJob.waitForRuns(
      [consumer], process: process, publisher: publisher,
      patience: [complete.map { $0.hasLeft ? 0 : recovery.patienceNanoseconds(for: upstreamName) }])
    let run = runs.map { StableDigest.hexadecimal($0 + [digest]) } ?? complete?.run ?? ""

    let topics = DerivedTopics(
      topicsDirectory: topicsDirectory, run: run, digest: digest, isSupervised: process.isSupervised
    ) { process.report(.notice($0)) }
    if found.isOfEarlierBoot, let checkpoint = found.checkpoints.first(where: { $0.run == run }) {
      do { try topics.cut(step.outputs, to: checkpoint) } catch let error as TopicLogError {
        throw RecoveryError("\(error)")
      }
    }
    let writers = try topics.open(
      step.outputs, replacing: found.isOfEarlierBoot && found.checkpoints.isEmpty)
    defer { process.release { for writer in writers { try? writer.close() } } }
    let readers = try topics.readers(writers)
    let checkpoint = usable(found, run: run, step: step, writers: writers)
    let epoch = max(
      checkpoint?.state["epoch"]?.countValue ?? 0,
      step.inputs.indices.compactMap { consumer.place(of: $0)?.epoch }.max() ?? 0)
    let logs = try topics.declare(
      writers, readers: readers, at: publisher, from: checkpoint, epoch: epoch, faults: process.faults)
    let state = StageState(step: step, logs: logs)
    publisher.onRequest = { (verb, arguments) throws(ServiceError) in try answer(state, verb, arguments) }
    if let checkpoint { publisher.signOff(checkpoint.doneMembers) }

    let session = Session(
      run: run, digest: digest, file: file, logs: logs, syncs: recovery.durability != .none,
      doneMembers: checkpoint?.doneMembers ?? [])
    publisher.onDone = { try session.note(done: $0) }
    defer { publisher.forgetListeners() }
    if runs != nil { try consumer.start(from: checkpoint?.inputs) }
    if let checkpoint, checkpoint.isComplete {
      state.phase = .complete
      try serve(checkpoint, session, upstreamIsThere: runs != nil, consumer)
    } else {
      try process(step, from: checkpoint, epoch: epoch, session, readers, consumer, state)
    }
    try publishing.finish(publisher)
    var report = StageReport(counts: session.counts, fetchedBatches: consumer.fetchedBatchCount)
    report.run = run
    report.written = logs.map { .init(name: $0.topic, count: $0.messageCount, bytes: $0.byteCount) }
    report.peakMemoryBytes = StageProcess.peakMemoryBytes
    process.report(.finished(report))
    process.whenGone(session.leave)
  }

  /// Runs the step from a checkpoint, or from the start, to the end of its input.
  private func process(
    _ step: any RecoverableStep, from checkpoint: Checkpoint?, epoch: Int, _ session: Session, _ readers: [TopicReader],
    _ consumer: Consumer, _ state: StageState
  ) throws {
    if let checkpoint { try recover(step, from: checkpoint, readers, consumer) }
    state.phase = .running
    let runner = StageRunner(
      step: step, sources: [.init(consumer: consumer, inputs: Array(step.inputs.indices))], logs: session.logs,
      publisher: publisher, from: checkpoint?.inputs, epoch: epoch, batchBytes: publishing.batch.batchBytes,
      batchCount: publishing.batch.batchMessages ?? .max, checkpointBytes: recovery.checkpointBytes,
      faults: process.faults, clock: process.clock)
    func progress() -> StageStatus {
      .progress(
        StageProgress(
          watermark: runner.watermark, messages: runner.progress.reduce(0, +),
          lag: step.inputs.indices.reduce(0) { $0 + consumer.lag(of: $1) }, memberLags: publisher.lags,
          rejected: step.counts.rejected, waiting: publisher.waitingFor))
    }
    process.keepAlive = {
      try runner.keepAlive()
      try publisher.serve()
    }
    defer {
      process.keepAlive = {}
      runner.forgetListeners()
    }
    runner.onTurn = { _ in try process.turn(progress) }
    runner.onCheckpoint = { try session.save($0, step) }
    if checkpoint == nil { try session.save(runner, step) }
    if !process.faults.has(.order) {
      try consumer.finish(next: runner.progress, timeoutMilliseconds: 0) { try process.turn(progress) }
    }
    try runner.run()
    try session.save(runner, step, isComplete: true)
    try runner.acknowledgeDone()
    publisher.onWait = { _ in try process.turn(progress) }
  }

  /// Publishes what was complete when this stage was killed.
  private func serve(
    _ checkpoint: Checkpoint, _ session: Session, upstreamIsThere: Bool, _ consumer: Consumer
  ) throws {
    func turn() throws {
      try process.turn {
        .progress(
          StageProgress(
            messages: checkpoint.inputs.reduce(0, +), memberLags: publisher.lags, waiting: publisher.waitingFor))
      }
    }
    session.goOn(from: checkpoint)
    for log in session.logs { try log.end() }
    if upstreamIsThere {
      try consumer.finish(next: checkpoint.inputs, timeoutMilliseconds: 30_000) {
        try publisher.serve()
        try turn()
      }
    }
    consumer.close()
    publisher.onWait = { _ in try turn() }
  }

  /// The latest checkpoint of this run that does not go beyond the logs.
  private func usable(
    _ found: CheckpointFile.Found, run: String, step: any Step, writers: [TopicWriter]
  ) -> Checkpoint? {
    for checkpoint in found.checkpoints where checkpoint.run == run {
      guard checkpoint.inputs.count == step.inputs.count, checkpoint.outputs.count == writers.count else { continue }
      if let short = writers.indices.first(where: { checkpoint.outputs[$0] > writers[$0].nextOffset }) {
        process.report(
          .notice(
            "\(writers[short].identity.name) ends at offset \(writers[short].nextOffset), before the checkpoint's "
              + "\(checkpoint.outputs[short]): the checkpoint does not count"))
        continue
      }
      if checkpoint.inputs.contains(where: { $0 > 0 }) {
        process.report(
          .notice("goes on from its checkpoint, after \(Figures.count(checkpoint.inputs.reduce(0, +), "message"))"))
      }
      return checkpoint
    }
    return nil
  }

  private func recover(
    _ step: any RecoverableStep, from checkpoint: Checkpoint, _ readers: [TopicReader], _ consumer: Consumer
  ) throws {
    let history = TopicHistory(
      context: context, service: upstream.service, security: consumer.options.security,
      inputTopics: step.inputs.map(\.topic), inputs: checkpoint.inputs, logs: readers, outputs: checkpoint.outputs,
      clock: process.clock)
    history.onWait = {
      try publisher.serve()
      try consumer.keepAlive()
      try process.turn {
        .progress(
          StageProgress(messages: checkpoint.inputs.reduce(0, +), waiting: "reading what it had processed"))
      }
    }
    // what was written is held against its checksums, also where the step does not need it
    for output in readers.indices {
      try history.forEachBatch(ofOutput: output, in: 0..<checkpoint.outputs[output]) { _, _ in }
    }
    try step.recover(from: checkpoint.state["step"] ?? .null, history: history)
  }

  /// Waits until every consumer knows the runs of its topics.
  ///
  /// - Parameter patience: When to give up on each of them whose publisher says nothing at all, in nanoseconds; nothing
  ///   for never.
  /// - Returns: Nothing where one was given up.
  static func waitForRuns(
    _ consumers: [Consumer], process: StageProcess, publisher: Publisher? = nil, patience: [Int?]? = nil
  ) throws -> [String]? {
    let start = process.clock.now()
    var hasToldWhy = false
    while true {
      let known = try consumers.map { try $0.knownRuns() }
      if known.allSatisfy({ $0 != nil }) { return known.flatMap { $0! } }
      let now = process.clock.now()
      let isHopeless = consumers.indices.allSatisfy { index in
        known[index] != nil
          || patience?[index].map { now - max(start, consumers[index].lastHeard ?? start) > $0 } ?? false
      }
      if isHopeless { return nil }
      if let publisher {
        try publisher.wait(milliseconds: 1)
      } else if process.clock.waits {
        usleep(1000)
      }
      let missing = zip(consumers, known).first { $0.1 == nil }!.0
      if !hasToldWhy, let problem = try missing.linkProblem(), !problem.isFinal {
        hasToldWhy = true
        process.report(.notice(problem.advice))
      }
      try process.turn {
        .progress(StageProgress(waiting: "waiting for \(missing.options.data) to publish"))
      }
    }
  }
}

extension StageJob {
  /// What is known of one run of a stage, and the checkpoints that it leaves.
  private final class Session {
    let run: String
    let logs: [LogOutput]
    private let digest: String
    private let file: CheckpointFile
    private let syncs: Bool
    private var doneMembers: [String]
    private var complete: Checkpoint?

    init(run: String, digest: String, file: CheckpointFile, logs: [LogOutput], syncs: Bool, doneMembers: [String]) {
      self.run = run
      self.digest = digest
      self.file = file
      self.logs = logs
      self.syncs = syncs
      self.doneMembers = doneMembers
    }

    /// What was counted, once everything is processed.
    var counts: [StepCount] {
      guard case .object(let members) = complete?.state["counts"] else { return [] }
      return members.map { StepCount($0.name, $0.value.intValue ?? 0) }
    }

    func goOn(from checkpoint: Checkpoint) { complete = checkpoint }

    func save(_ runner: StageRunner, _ step: any RecoverableStep, isComplete: Bool = false) throws {
      for log in logs { try syncs ? log.sync() : log.flushChecksums() }
      let counts = step.counts.map { JSONValue.Member($0.name, .int($0.value)) }
      let checkpoint = Checkpoint(
        run: run, inputs: runner.progress, outputs: logs.map(\.messageCount), watermarks: logs.map(\.watermark),
        isComplete: isComplete, doneMembers: doneMembers,
        state: [
          "digest": .string(digest), "step": step.recoveryState, "counts": .object(counts), "epoch": .int(runner.epoch),
        ])
      if isComplete { complete = checkpoint }
      try file.save(checkpoint)
    }

    func note(done member: String) throws {
      doneMembers.append(member)
      guard complete != nil else { return }
      complete!.doneMembers = doneMembers
      try file.save(complete!)
    }

    func leave() throws {
      complete?.hasLeft = true
      if let complete { try file.save(complete) }
    }
  }
}
