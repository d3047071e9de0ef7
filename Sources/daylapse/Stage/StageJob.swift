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
struct StageJob {
  let process: StageProcess
  let context: Context
  let publisher: Publisher
  let publishing: PublisherArguments
  let topicsDirectory: String
  /// Names the options that decide the content.
  let digest: String
  let upstream: Upstream

  /// Answers verbs that only this stage knows.
  var answer: (_ step: any Step, _ verb: String, _ arguments: JSONValue) throws(ServiceError) -> JSONValue? =
    { (_, _, _) throws(ServiceError) in nil }

  /// Runs until the input has ended and all members are done. A new run upstream starts it over.
  func perform(step makeStep: (Consumer) -> any Step) throws {
    process.listen(to: publisher)
    while true {
      do {
        return try performOnce(step: makeStep)
      } catch let error as NewRunError {
        process.report(.notice("\(error)"))
        publisher.withdrawTopics()
      }
    }
  }

  private func performOnce(step makeStep: (Consumer) -> any Step) throws {
    var options = Consumer.Options(
      data: upstream.data, service: upstream.service, topics: makeInputs(makeStep), name: process.name, role: .member)
    options.startsHeld = true
    let consumer = try Consumer(context: context, options: options)
    defer { consumer.close() }
    let runs = try StageJob.waitForRuns([consumer], process: process, publisher: publisher)
    let step = makeStep(consumer)

    let run = StableDigest.hexadecimal(runs + [digest])
    let topics = DerivedTopics(topicsDirectory: topicsDirectory, run: run, digest: digest) {
      process.report(.notice($0))
    }
    let logs = try topics.open(step.outputs, publisher: publisher)
    defer { for log in logs { try? log.close() } }
    publisher.onRequest = { (verb, arguments) throws(ServiceError) in try answer(step, verb, arguments) }
    try consumer.start()

    let runner = StageRunner(
      step: step, sources: [.init(consumer: consumer, inputs: Array(step.inputs.indices))], logs: logs,
      publisher: publisher, batchBytes: publishing.batch.batchBytes,
      batchCount: publishing.batch.batchMessages ?? .max)
    func progress() -> StageStatus {
      .progress(
        clock: runner.watermark?.description, messages: runner.progress.reduce(0, +),
        lag: step.inputs.indices.reduce(0) { $0 + consumer.lag(of: $1) }, waiting: publisher.waitingFor)
    }
    runner.onTurn = { _ in try process.turn(progress) }
    try runner.run()
    try runner.acknowledgeDone()
    publisher.onWait = { _ in try process.turn(progress) }
    try publisher.finish(lingerMilliseconds: publishing.lingerMilliseconds)
    var report = StageReport(counts: step.counts, fetchedBatches: consumer.fetchedBatchCount)
    report.run = run
    report.written = logs.map { .init(name: $0.topic, count: $0.messageCount, bytes: $0.byteCount) }
    report.peakMemoryBytes = StageProcess.peakMemoryBytes
    process.report(.finished(report))
  }

  private func makeInputs(_ makeStep: (Consumer) -> any Step) -> [StepInput] { inputs }
  let inputs: [StepInput]

  /// Waits until every consumer knows the runs of its topics.
  static func waitForRuns(
    _ consumers: [Consumer], process: StageProcess, publisher: Publisher? = nil
  ) throws -> [String] {
    while true {
      let known = try consumers.map { try $0.knownRuns() }
      if known.allSatisfy({ $0 != nil }) { return known.flatMap { $0! } }
      if let publisher {
        try publisher.wait(milliseconds: 1)
      } else {
        usleep(1000)
      }
      let missing = zip(consumers, known).first { $0.1 == nil }!.0
      try process.turn {
        .progress(clock: nil, messages: 0, lag: 0, waiting: "waiting for \(missing.options.data) to publish")
      }
    }
  }
}
