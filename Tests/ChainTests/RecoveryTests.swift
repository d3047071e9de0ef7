import Aggregator
import Cleaner
import ExternalSort
import Records
import Sink
import TestSupport
import Testing

/// A step that dies anywhere and goes on from its last state gives what one that never died gives.
struct RecoveryTests {
  /// What a step had read and written, in memory.
  private final class Past: StepHistory, EventHistory {
    let inputLines: [[String]]
    let outputLines: [[String]]
    let inputs: [Int]
    let outputs: [Int]

    init(inputLines: [[String]], inputs: [Int], outputLines: [[String]], outputs: [Int]) {
      (self.inputLines, self.inputs) = (inputLines, inputs)
      (self.outputLines, self.outputs) = (outputLines, outputs)
    }

    func forEachBatch(
      ofInput input: Int, in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer, Int) throws -> Void
    ) throws {
      try Past.give(inputLines[input], offsets, body)
    }

    func forEachBatch(
      ofOutput output: Int, in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer, Int) throws -> Void
    ) throws {
      try Past.give(outputLines[output], offsets, body)
    }

    func forEachBatch(in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
      try Past.give(inputLines[1], offsets) { lines, _ in try body(lines) }
    }

    private static func give(
      _ lines: [String], _ offsets: Range<Int>, _ body: (UnsafeRawBufferPointer, Int) throws -> Void
    ) throws {
      // in two pieces, so that nobody relies on getting everything at once
      let middle = (offsets.lowerBound + offsets.upperBound) / 2
      for piece in [offsets.lowerBound..<middle, middle..<offsets.upperBound] where !piece.isEmpty {
        try Array(lines[piece].map { $0 + "\n" }.joined().utf8).withUnsafeBytes { try body($0, piece.lowerBound) }
      }
    }
  }

  /// Runs a step over its inputs, letting it die and go on at random places.
  ///
  /// - Returns: The lines of its outputs, and its counts at the end.
  private func run(
    _ inputs: [[String]], deaths: Int, random: inout SeededRandom, make: (Past) -> any RecoverableStep
  ) throws -> (lines: [[String]], counts: [StepCount]) {
    let all = inputs.reduce(0) { $0 + $1.count }
    var cuts = (0..<deaths).map { _ in Int.random(in: 0...all, using: &random) }.sorted()
    cuts.append(all)
    var step = make(Past(inputLines: inputs, inputs: [0, 0], outputLines: [], outputs: []))
    var lines = step.outputs.map { _ in [String]() }
    var done = inputs.map { _ in 0 }
    var ended = inputs.map { _ in false }
    for (life, cut) in cuts.enumerated() {
      let outputs = RecordedOutputs(step.outputs)
      for input in inputs.indices {
        let budget = max(0, min(cut - done.reduce(0, +), inputs[input].count - done[input]))
        let part = Array(inputs[input][done[input]..<(done[input] + budget)])
        let isLast = done[input] + budget == inputs[input].count
        if ended[input] { continue }
        guard !part.isEmpty || isLast else { break }
        let batching = Batching.random(seed: random.next())
        try step.give(part, to: input, at: done[input], batching: batching, ends: isLast, into: outputs)
        done[input] += budget
        ended[input] = isLast
        if !isLast { break }
      }
      try outputs.flush()
      for index in lines.indices { lines[index] += outputs.lines(index) }
      guard life < deaths else { break }
      let past = Past(inputLines: inputs, inputs: done, outputLines: lines, outputs: lines.map(\.count))
      let state = try JSONValue(parsing: Array(step.recoveryState.description.utf8))
      step = make(past)
      try step.recover(from: state, history: past)
    }
    return (lines, step.counts)
  }

  /// Names the first line that differs.
  private func expectSame(_ whole: [[String]], _ broken: [[String]]) {
    for (topic, (a, b)) in zip(whole, broken).enumerated() {
      let at = zip(a, b).enumerated().first { $1.0 != $1.1 }?.offset ?? min(a.count, b.count)
      #expect(a.count == b.count, "output \(topic)")
      if at < a.count, at < b.count { #expect(a[at] == b[at], "output \(topic), line \(at)") }
    }
  }

  @Test(arguments: 0..<60)
  func cleanerAndAggregatorGoOn(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let raw = RoughDays.make(&random)
    let strict = random.chance(3)
    func cleaner(_ past: Past) -> any RecoverableStep { CleanerStep(options: .init(isStrict: strict)) }
    let whole = try run(raw, deaths: 0, random: &random, make: cleaner)
    let broken = try run(raw, deaths: 4, random: &random, make: cleaner)
    expectSame(whole.lines, broken.lines)
    #expect(whole.counts == broken.counts)

    let options = AggregatorStep.Options(
      outOfOrdernessSeconds: random.pick([0, 0, 7200, 200_000]), earlyIntervalSeconds: random.pick([nil, nil, 3600]))
    let clean = Array(whole.lines[0...1])
    func aggregator(_ past: Past) -> any RecoverableStep { AggregatorStep(options: options, history: past) }
    let days = try run(clean, deaths: 0, random: &random, make: aggregator)
    let brokenDays = try run(clean, deaths: 4, random: &random, make: aggregator)
    expectSame(days.lines, brokenDays.lines)
    #expect(days.counts == brokenDays.counts)
  }

  private final class Rows: RowOutput {
    let buffer = ByteBuffer()
    var text: String { String(decoding: buffer.bytes, as: UTF8.self) }
    func flushIfNeeded() {}
  }

  @Test(arguments: 0..<20)
  func sinkGoesOn(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let cleaner = try run(RoughDays.make(&random), deaths: 0, random: &random) { _ in CleanerStep() }
    let clean = Array(cleaner.lines[0...1])
    let daily = try run(clean, deaths: 0, random: &random) { AggregatorStep(history: $0) }
    let inputs = clean + daily.lines

    func tables(deaths: Int) throws -> [String] {
      var kept = [0, 0, 0]
      var storages: [MemoryRunStorage] = [.init(), .init(), .init()]
      var state: JSONValue?
      for life in 0...deaths {
        // what was appended after the checkpoint is there, but does not count
        var next = storages
        let step = SinkStep(runByteLimit: 2000) { next.removeFirst() }
        if let state { try step.recover(from: state) }
        let nothing = RecordedOutputs([])
        for input in [0, 2, 1] {
          let rest = Array(inputs[input][kept[input]...])
          let isLast = life == deaths || input == 0
          let part = isLast ? rest : Array(rest.prefix(Int.random(in: 0...rest.count, using: &random)))
          try step.give(
            part, to: input, at: kept[input], batching: .random(seed: random.next()), ends: isLast, into: nothing)
        }
        if life < deaths {
          (kept, state) = (step.keptInputs, try JSONValue(parsing: Array(step.recoveryState.description.utf8)))
          storages = storages.map { $0.copy() }
          continue
        }
        let (users, events, userDays) = (Rows(), Rows(), Rows())
        try step.users.writeRows(to: users)
        try step.events.writeRows(to: events)
        try step.userDays.writeRows(to: userDays)
        return [users.text, events.text, userDays.text, "\(step.counts)", "\(step.events.firstDay)"]
      }
      return []
    }
    #expect(try tables(deaths: 0) == tables(deaths: 3))
  }

  @Test func aStateOfAnotherKindIsRefused() {
    let past = Past(inputLines: [[], []], inputs: [0, 0], outputLines: [[], [], [], []], outputs: [0, 0, 0, 0])
    for state in [JSONValue.null, [:], ["users_in": -1]] {
      #expect(throws: RecoveryError.self) { try CleanerStep().recover(from: state, history: past) }
      #expect(throws: RecoveryError.self) { try AggregatorStep().recover(from: state, history: past) }
      #expect(throws: RecoveryError.self) { try SinkStep { MemoryRunStorage() }.recover(from: state) }
    }
  }
}
