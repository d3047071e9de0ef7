import Records
import TestSupport
import Testing

@testable import Aggregator

/// A step that is asked for the present row of every user and day, whenever anything can be asked.
private final class AskedStep {
  let step: AggregatorStep
  let outputs: RecordedOutputs
  private let days: ClosedRange<Int32>
  private let seed: UInt64
  private(set) var askedCount = 0

  init(_ options: AggregatorStep.Options, _ events: [CleanEvent], days: ClosedRange<Int32>, seed: UInt64) {
    self.days = days
    self.seed = seed
    let history = AskingHistory(events)
    step = AggregatorStep(options: options, history: history)
    outputs = RecordedOutputs(step.outputs, countLimit: 3)
    let (topic, keep) = (outputs.topics[0], outputs.topics[0].deliver)
    topic.deliver = { [unowned self] chunk in
      try keep(chunk)
      // a publisher answers while it publishes
      try askClosed()
    }
    history.onBatch = { [unowned self] in try askClosed() }
  }

  /// The last row of each user and day that has left the step, and where it is.
  private func lastRows() throws -> [UserDay: (offset: Int, row: JSONValue)] {
    var rows: [UserDay: (offset: Int, row: JSONValue)] = [:]
    for (offset, line) in outputs.lines(0).enumerated() {
      let row = try JSONValue(parsing: line)
      let day = CivilDate(row["as_of_date"]!.stringValue!)!.daysSinceEpoch
      rows[UserDay(user: row["user_id"]!.intValue!, day: day)] = (offset, row)
    }
    return rows
  }

  /// Of closed days the last row that left counts, or one that has not left yet.
  private func askClosed() throws {
    askedCount += 1
    let (rows, delivered) = (try lastRows(), outputs.lines(0).count)
    for day in days {
      for user in 1...4 {
        let last = rows[UserDay(user: user, day: day)]
        let isClosed = last.map { $0.row["pane"] != "early" } ?? false
        switch step.presentRow(userID: user, date: CivilDate(daysSinceEpoch: day)) {
        case .inTopic(let offset):
          #expect(offset >= delivered || (isClosed && offset == last!.offset), "seed \(seed), user \(user), day \(day)")
        case .row, .none: #expect(!isClosed, "seed \(seed): user \(user), day \(day) has a row already")
        case .pending: break
        }
      }
    }
  }

  /// Of open days what their events so far give.
  func ask(after events: ArraySlice<CleanEvent>) throws {
    try outputs.flush()
    let rows = try lastRows()
    let plain = PlainAggregation(Array(events))
    for day in days {
      let date = CivilDate(daysSinceEpoch: day)
      for user in 1...4 {
        let last = rows[UserDay(user: user, day: day)]
        switch step.presentRow(userID: user, date: date) {
        case .inTopic(let offset): #expect(offset == last?.offset, "seed \(seed), user \(user), \(date)")
        case .row(let line):
          let isEqual =
            line.hasSuffix(plain.measures(user: user, day: day) + "}") && line.contains("\"pane\":\"early\"")
          #expect(isEqual && last.map { $0.row["pane"] == "early" } ?? true, "seed \(seed): \(line)")
        case .pending: Issue.record("seed \(seed): nothing is under way, but user \(user), \(date) is pending")
        case .none: #expect(last == nil)
        }
      }
    }
  }
}

private final class AskingHistory: EventHistory {
  private let events: MemoryHistory
  var onBatch: () throws -> Void = {}

  init(_ events: [CleanEvent]) { self.events = MemoryHistory(events, batchCount: 5) }

  func forEachBatch(in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try events.forEachBatch(in: offsets) {
      try body($0)
      try onBatch()
    }
  }
}

/// What a step has read and written, from memory.
private final class MemoryStepHistory: StepHistory {
  let inputLines: [[String]]
  let outputLines: [[String]]
  var inputs: [Int] { inputLines.map(\.count) }
  var outputs: [Int] { outputLines.map(\.count) }

  init(inputLines: [[String]], outputLines: [[String]]) {
    self.inputLines = inputLines
    self.outputLines = outputLines
  }

  func forEachBatch(ofInput input: Int, in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer, Int) throws -> Void)
    throws
  {
    try give(inputLines[input], offsets, body)
  }

  func forEachBatch(ofOutput output: Int, in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer, Int) throws -> Void)
    throws
  {
    try give(outputLines[output], offsets, body)
  }

  private func give(_ lines: [String], _ offsets: Range<Int>, _ body: (UnsafeRawBufferPointer, Int) throws -> Void)
    throws
  {
    let text = lines[offsets].map { $0 + "\n" }.joined()
    try Array(text.utf8).withUnsafeBytes { try body($0, offsets.lowerBound) }
  }
}

struct PresentRowTests {
  private static let choices: [AggregatorStep.Options] = [
    .init(), .init(outOfOrdernessSeconds: 100_000), .init(outOfOrdernessSeconds: 3600, earlyIntervalSeconds: 900),
    .init(outOfOrdernessSeconds: 200_000, earlyIntervalSeconds: 7200), .init(earlyIntervalSeconds: 5000),
  ]
  private let users = (1...4).map { cleanUser($0) }

  @Test(arguments: Array(1...6) as [UInt64])
  func isNeitherOldNorHalf(seed: UInt64) throws {
    let events = Array(AggregatorStepTests.stream(seed: seed).prefix(120))
    let days = events.map(\.day).min()!...events.map(\.day).max()!
    for options in Self.choices {
      let asked = AskedStep(options, events, days: days, seed: seed)
      try asked.step.give(users, to: 0, into: asked.outputs)
      for (offset, event) in events.enumerated() {
        try asked.step.give([event.line], to: 1, at: offset, ends: false, into: asked.outputs)
        if offset % 7 == 0 { try asked.ask(after: events[...offset]) }
      }
      try asked.ask(after: events[...])
      try asked.step.give([] as [String], to: 1, at: events.count, into: asked.outputs)
      try asked.ask(after: events[...])
      #expect(asked.askedCount > 20)
    }
  }

  @Test(arguments: Array(1...6) as [UInt64])
  func isTheSameAfterARestart(seed: UInt64) throws {
    let events = AggregatorStepTests.stream(seed: seed)
    let days = events.map(\.day).min()!...events.map(\.day).max()!
    for options in Self.choices {
      for cut in [1, 80, 150, 222, events.count] {
        let history = MemoryHistory(events)
        let step = AggregatorStep(options: options, history: history)
        let outputs = RecordedOutputs(step.outputs)
        try step.give(users, to: 0, into: outputs)
        try step.give(events[..<cut].map(\.line), to: 1, ends: false, into: outputs)
        try outputs.flush()
        let again = AggregatorStep(options: options, history: history)
        try again.recover(
          from: step.recoveryState,
          history: MemoryStepHistory(
            inputLines: [users, events[..<cut].map(\.line)], outputLines: [outputs.lines(0)]))
        for day in days {
          for user in 0...4 {
            let date = CivilDate(daysSinceEpoch: day)
            let (before, after) = (
              step.presentRow(userID: user, date: date), again.presentRow(userID: user, date: date)
            )
            #expect(before == after, "seed \(seed), \(options), cut \(cut), user \(user), \(date)")
          }
        }
      }
    }
  }
}
