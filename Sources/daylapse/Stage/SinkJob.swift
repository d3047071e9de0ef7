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
struct SinkJob {
  let process: StageProcess
  let context: Context
  let cleaner: Upstream
  let aggregator: Upstream
  let dataDirectory: String
  let output: SinkArguments

  func perform() throws {
    let stateDirectory = dataDirectory + "/state"
    try createDirectories(stateDirectory)
    let lock = try FolderLock(directory: stateDirectory, purpose: "sink")
    defer { lock.release() }
    let folder = try OutputFolder(
      directory: dataDirectory + "/processed",
      names: ["users_clean.csv", "events_clean.csv", "user_daily.csv"].map { $0 + (output.isCompressed ? ".gz" : "") },
      mayOverwrite: output.overwrite)

    func consumer(_ upstream: Upstream, _ topics: [StepInput]) throws -> Consumer {
      var options = Consumer.Options(
        data: upstream.data, service: upstream.service, topics: topics, name: process.name, role: .member)
      options.startsHeld = true
      return try Consumer(context: context, options: options)
    }
    var spills: [FileRunStorage] = []
    defer { for spill in spills { spill.close() } }
    let step = SinkStep(options: .init(keepsEngagement: output.keepEngagement)) {
      spills.append(FileRunStorage(path: "\(stateDirectory)/sink.\(spills.count + 1).spill"))
      return spills.last!
    }
    let clean = try consumer(cleaner, Array(step.inputs[0...1]))
    defer { clean.close() }
    let daily = try consumer(aggregator, [step.inputs[2]])
    defer { daily.close() }
    let runs = try StageJob.waitForRuns([clean, daily], process: process)
    try folder.claim()
    try clean.start()
    try daily.start()

    let runner = StageRunner(
      step: step, sources: [.init(consumer: clean, inputs: [0, 1]), .init(consumer: daily, inputs: [2])])
    func progress() -> StageStatus {
      .progress(
        clock: runner.watermark?.description, messages: runner.progress.reduce(0, +),
        lag: clean.lag(of: 0) + clean.lag(of: 1) + daily.lag(of: 0), waiting: nil)
    }
    runner.onTurn = { _ in try process.turn(progress) }
    try runner.run()

    let files = try write(step, into: folder) {
      try runner.keepAlive()
      try process.turn(progress)
    }
    let run = StableDigest.hexadecimal(runs)
    try folder.finish(run: run, files: files)
    try runner.acknowledgeDone()

    var report = StageReport(
      counts: step.counts, written: files.map { .init(name: $0.path, count: $0.rows, bytes: $0.bytes) },
      fetchedBatches: clean.fetchedBatchCount + daily.fetchedBatchCount)
    report.run = run
    report.peakMemoryBytes = StageProcess.peakMemoryBytes
    if step.events.rowCount > 0 {
      report.dates = (
        CivilDate(daysSinceEpoch: step.events.firstDay).description,
        CivilDate(daysSinceEpoch: step.events.lastDay).description
      )
    }
    process.report(.finished(report))
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
      let summary = try file.finish()
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
