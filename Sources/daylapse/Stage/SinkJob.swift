import Checkpoints
import ExternalSort
import OutputFiles
import Records
import Sink
import Threads
import TopicStream
import ZeroMQ

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An output file that stops being written when its process is asked to end.
private final class StoppableOutput: RowOutput {
  let file: OutputFile
  private let isStopped: () -> Bool
  var buffer: ByteBuffer { file.buffer }

  init(_ file: OutputFile, isStopped: @escaping () -> Bool) {
    self.file = file
    self.isStopped = isStopped
  }

  func flushIfNeeded() throws {
    guard file.buffer.count >= OutputFile.writeByteCount else { return }
    if isStopped() { throw Interrupted() }
    try file.flushIfNeeded()
  }
}

/// Runs the sink's step and writes its tables.
///
/// Rows that were sorted and spilled are kept, and a checkpoint says how much of each input they are: a sink that is
/// killed goes on from there.
struct SinkJob {
  let process: StageProcess
  let context: Context
  let cleaner: Upstream
  let aggregator: Upstream
  let dataDirectory: String
  let output: SinkArguments
  let recovery: RecoveryArguments
  let security: CurveIdentity?

  private var stateDirectory: String { dataDirectory + "/state" }
  private var faults: Faults { process.faults }

  func perform() throws {
    try createDirectories(stateDirectory)
    let lock = try FolderLock(directory: stateDirectory, purpose: "sink")
    defer { process.release(lock.release) }
    let folder = try output.folder(dataDirectory: dataDirectory)
    let file = CheckpointFile(
      path: stateDirectory + "/sink.checkpoint", stage: "sink", durability: recovery.durability, faults: faults,
      boot: process.boot)
    let found = try file.load()
    func leave(_ complete: Checkpoint) {
      var complete = complete
      complete.hasLeft = true
      process.whenGone { try file.save(complete) }
    }
    for notice in found.notices { process.report(.notice(notice)) }
    let inputs = SinkStep(storage: { MemoryRunStorage() }).inputs
    let clean = try consumer(cleaner, Array(inputs[0...1]))
    defer { clean.close() }
    let daily = try consumer(aggregator, [inputs[2]])
    defer { daily.close() }

    if let complete = found.checkpoints.first, complete.isComplete,
      !complete.hasLeft || recovery.isStartedAgain, complete.state["digest"] == .string(output.digest),
      try folder.finishedRun == complete.run
    {
      // who has left has told everybody
      let runs =
        complete.hasLeft
        ? nil
        : try StageJob.waitForRuns(
          [clean, daily], process: process,
          patience: [recovery.patienceNanoseconds(for: "cleaner"), recovery.patienceNanoseconds(for: "aggregator")])
      if runs.map({ output.run(of: $0) == complete.run }) ?? true {
        try sayDone(complete, complete.hasLeft ? [] : [clean, daily])
        return leave(complete)
      }
    }
    let runs = try StageJob.waitForRuns([clean, daily], process: process) ?? []
    leave(try gather(output.run(of: runs), found, file, folder, clean: clean, daily: daily))
  }

  private func consumer(_ upstream: Upstream, _ topics: [StepInput]) throws -> Consumer {
    var options = Consumer.Options(
      data: upstream.data, service: upstream.service, topics: topics, name: process.name, role: .member)
    options.startsHeld = true
    options.clock = process.clock
    options.faults = process.faults
    options.generation = process.generation
    options.security = security
    return try Consumer(context: context, options: options)
  }

  /// Goes through the inputs, writes the tables, and says that it is done.
  ///
  /// - Returns: The last checkpoint.
  private func gather(
    _ run: String, _ found: CheckpointFile.Found, _ file: CheckpointFile, _ folder: OutputFolder, clean: Consumer,
    daily: Consumer
  ) throws -> Checkpoint {
    try folder.claim()
    let tables = try SinkTables(
      stateDirectory: stateDirectory, keepsEngagement: output.keepEngagement,
      checkpoints: found.checkpoints.filter { $0.run == run && !$0.isComplete },
      onNotice: { process.report(.notice($0)) })
    defer { tables.close() }
    let step = tables.step
    let start = tables.kept
    try clean.start(from: Array(start[0...1]))
    try daily.start(from: [start[2]])

    let runner = StageRunner(
      step: step, sources: [.init(consumer: clean, inputs: [0, 1]), .init(consumer: daily, inputs: [2])], from: start,
      checkpointBytes: recovery.checkpointBytes, faults: faults, clock: process.clock)
    var isWriting = false
    func progress() -> StageStatus {
      .progress(
        StageProgress(
          watermark: runner.watermark, messages: runner.progress.reduce(0, +),
          lag: clean.lag(of: 0) + clean.lag(of: 1) + daily.lag(of: 0), waiting: isWriting ? "writing the files" : nil))
    }
    defer { runner.forgetListeners() }
    runner.onTurn = { _ in try process.turn(progress) }
    runner.onCheckpoint = { _ in
      guard tables.hasSpilledMore else { return }
      try file.save(try tables.checkpoint(run: run, synced: recovery.durability != .none))
    }
    try runner.run()

    isWriting = true
    let files = try write(step, into: folder) {
      try runner.keepAlive()
      try process.turn(progress)
    }
    isWriting = false
    try faults.reach(.beforeManifest)
    try folder.finish(run: run, digest: output.digest, files: files, synced: recovery.durability != .none)
    let report = makeReport(run: run, step, files, fetched: clean.fetchedBatchCount + daily.fetchedBatchCount)
    let complete = Checkpoint(
      run: run, inputs: runner.progress, isComplete: true,
      state: ["digest": .string(output.digest), "report": .object(report.members)])
    try file.save(complete)
    tables.remove()
    try runner.acknowledgeDone()
    process.report(.finished(report))
    return complete
  }

  /// The files were complete when this process was killed: lets those publishers know that are still there.
  private func sayDone(_ complete: Checkpoint, _ consumers: [Consumer]) throws {
    var rest = complete.inputs
    for consumer in consumers {
      let next = Array(rest.prefix(consumer.options.topics.count))
      rest.removeFirst(next.count)
      if try consumer.knownRuns() != nil {
        try consumer.start(from: next)
        try consumer.finish(next: next, timeoutMilliseconds: 30_000) {
          try process.turn { .progress(StageProgress(messages: complete.inputs.reduce(0, +))) }
        }
      }
      consumer.close()
    }
    process.report(.finished(StageReport(complete.state["report"] ?? .object([]))))
  }

  private func makeReport(
    run: String, _ step: SinkStep, _ files: [OutputFolder.File], fetched: Int
  ) -> StageReport {
    var report = StageReport(
      counts: step.counts, written: files.map { .init(name: $0.path, count: $0.rows, bytes: $0.bytes) },
      fetchedBatches: fetched)
    report.run = run
    report.peakMemoryBytes = StageProcess.peakMemoryBytes
    if step.events.rowCount > 0 {
      report.dates = (
        CivilDate(daysSinceEpoch: step.events.firstDay).description,
        CivilDate(daysSinceEpoch: step.events.lastDay).description
      )
    }
    return report
  }

  /// Writes the tables, the two large ones at the same time.
  private func write(
    _ step: SinkStep, into folder: OutputFolder, whileWaiting wait: () throws -> Void
  ) throws -> [OutputFolder.File] {
    let stop = StopFlag()
    func file(_ index: Int, _ write: (any RowOutput) throws -> Int) throws -> OutputFolder.File {
      let file = try OutputFile(path: folder.path(index), compressed: output.isCompressed)
      let rows: Int
      do {
        rows = try write(StoppableOutput(file) { stop.isSet })
      } catch {
        file.discard()
        throw error
      }
      let summary = try file.finish(synced: recovery.durability != .none)
      return OutputFolder.File(path: summary.path, rows: rows, bytes: summary.bytes, sha256: summary.sha256)
    }
    let users = try file(0) { output in
      try step.users.writeRows(to: output)
      return step.users.count
    }
    // the tables share nothing but the users, which do not change any more
    let events = BackgroundWork {
      try file(1) { output in
        try step.events.writeRows(to: output)
        return step.events.rowCount
      }
    }
    let userDays = BackgroundWork {
      try file(2) { output in
        try step.userDays.writeRows(to: output)
        return step.userDays.rowCount
      }
    }
    var failure: (any Error)?
    try faults.reach(.duringMerge)
    while !(events.isFinished && userDays.isFinished) {
      usleep(2000)
      // whatever happens, both are waited for: they own files
      do { try wait() } catch {
        failure = error
        stop.set()
      }
    }
    if let failure { throw failure }
    return [users, try events.result(), try userDays.result()]
  }
}
