import Records
import TestSupport
import Testing
import TopicLog
import ZeroMQ

@testable import TopicStream

struct StageRunnerTests {
  /// Numbers every line.
  private final class NumberingStep: Step {
    let inputs = [StepInput("t")]
    let outputs = ["numbered"]
    private(set) var offsets: [Int] = []
    private(set) var end: Int?
    struct Refusal: Error {}

    func process(_ lines: UnsafeRawBufferPointer, of input: Int, at offset: Int, into outputs: [OutputTopic]) throws {
      var offset = offset
      try lines.forEachLine { line in
        if line.elementsEqual("refuse".utf8) { throw Refusal() }
        offsets.append(offset)
        outputs[0].buffer.append("\(offset) ")
        outputs[0].buffer.append(line)
        outputs[0].buffer.append("\n")
        try outputs[0].endLine()
        offset += 1
      }
    }

    func end(of input: Int, at offset: Int, into outputs: [OutputTopic]) throws { end = offset }
    func outputsEnding(with input: Int) -> [Int] { [0] }
    var counts: [StepCount] { [] }
  }

  /// Runs the step between a station and files, feeding the station from within the runner's turns.
  private func run(
    _ folder: String, lines: [String], batchCount: Int = .max, windowBatches: Int = 128
  ) throws -> (step: NumberingStep, runner: StageRunner, station: Station, numbered: [String]) {
    var options = Publisher.Options()
    options.members = ["stage"]
    options.windowBatches = windowBatches
    let station = try Station(folder, options: options)
    let consumer = try station.consumer("stage", role: .member)
    defer { consumer.close() }
    let publisher = try Publisher(
      context: station.context, name: "stage",
      endpoints: .init(data: ["inproc://\(folder)/d"], service: ["inproc://\(folder)/s"]))
    defer { publisher.close() }
    let log = try LogOutput(
      writer: TopicWriter(
        directory: folder + "/numbered", identity: .init(name: "numbered", run: "r", digest: "d"), mode: .create,
        timeOf: { _ in nil }), reader: TopicReader(directory: folder + "/numbered") { _ in nil }, publisher: publisher,
      schema: [:])
    defer { try? log.close() }
    let step = NumberingStep()
    let runner = StageRunner(
      step: step, sources: [.init(consumer: consumer, inputs: [0])], logs: [log], publisher: publisher,
      batchCount: batchCount)

    var given = 0
    var hasEnded = false
    let deadline = ContinuousClock.now + .seconds(patienceSeconds)
    runner.onTurn = { runner in
      guard ContinuousClock.now < deadline else { throw TimedOut(what: "the stage, at \(runner.progress)") }
      try station.publisher.serve()
      // only what surely fits into the window: nobody else could make room for it
      while given < lines.count, station.publisher.isComplete, given - runner.progress[0] < min(windowBatches, 10) - 1 {
        station.publisher.onWait = { publisher in
          guard ContinuousClock.now < deadline else { throw TimedOut(what: publisher.waitingFor ?? "") }
          try consumer.keepAlive()
        }
        try station.publish([lines[given]])
        given += 1
      }
      if given == lines.count, !hasEnded {
        hasEnded = true
        try station.output.end()
      }
    }
    try runner.run()
    try runner.acknowledgeDone()
    try station.publisher.finish(lingerMilliseconds: 0)
    let reader = try TopicReader(directory: folder + "/numbered") { _ in nil }
    #expect(reader.isSealed)
    var numbered: [String] = []
    while let slice = try reader.slice(from: numbered.count, maxBytes: 1 << 20) {
      slice.withBytes { bytes in bytes.forEachLine { numbered.append(String(decoding: $0, as: UTF8.self)) } }
    }
    return (step, runner, station, numbered)
  }

  @Test(arguments: [0, 1, 300])
  func runsAStepFromItsInputsToItsFilesUntilTheEnd(count: Int) throws {
    try withTemporaryFolder { folder in
      let lines = (0..<count).map { "line \($0)" }
      let result = try run(folder, lines: lines, batchCount: 7)
      #expect(result.step.offsets == Array(0..<count))
      #expect(result.step.end == count)
      #expect(result.runner.progress == [count])
      #expect(result.numbered == (0..<count).map { "\($0) line \($0)" })
    }
  }

  @Test func theErrorOfAStepEndsTheRun() throws {
    try withTemporaryFolder { folder in
      _ = #expect(throws: NumberingStep.Refusal.self) { try run(folder, lines: ["a", "refuse", "b"]) }
    }
  }
}
