import Aggregator
import Checkpoints
import Cleaner
import ExternalSort
import Foundation
import Records
import Sink
import TestSupport
import Testing
import TopicLog

/// Whatever dies and whatever the network does, the three tables are the same bytes.
///
/// `DAYLAPSE_SIMULATIONS=FIRST:COUNT` runs other seeds than those of every day.
struct SimulationTests {
  private static let seeds: [UInt64] = {
    let parts = ProcessInfo.processInfo.environment["DAYLAPSE_SIMULATIONS"]?.split(separator: ":").compactMap {
      UInt64($0)
    }
    let (first, count) = parts.map { ($0[0], $0.count > 1 ? $0[1] : 1) } ?? (0, 50)
    return Array(first..<(first + count))
  }()

  private struct Tables: Equatable {
    var files: [String]
    var topics: [String]
  }

  private final class Rows: RowOutput {
    let buffer = ByteBuffer()
    func flushIfNeeded() {}
  }

  private final class Lines: EventHistory {
    let lines: [String]
    init(_ lines: [String]) { self.lines = lines }
    func forEachBatch(in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
      try Array(lines[offsets].map { $0 + "\n" }.joined().utf8).withUnsafeBytes { try body($0) }
    }
  }

  /// What the steps give when nothing happens.
  private func undisturbed(_ raw: [[String]]) throws -> Tables {
    let cleaner = CleanerStep()
    let clean = RecordedOutputs(cleaner.outputs)
    try cleaner.give(raw[0], to: 0, into: clean)
    try cleaner.give(raw[1], to: 1, into: clean)
    let aggregator = AggregatorStep(history: Lines(clean.lines(1)))
    let daily = RecordedOutputs(aggregator.outputs)
    try aggregator.give(clean.lines(0), to: 0, into: daily)
    try aggregator.give(clean.lines(1), to: 1, into: daily)
    let sink = SinkStep(options: .init(keepsEngagement: true)) { MemoryRunStorage() }
    for (input, lines) in [clean.lines(0), clean.lines(1), daily.lines(0)].enumerated() {
      try sink.give(lines, to: input, into: RecordedOutputs([]))
    }
    let rows = Rows()
    func text(_ write: (Rows) throws -> Void) rethrows -> String {
      rows.buffer.removeAll()
      try write(rows)
      return String(decoding: rows.buffer.bytes, as: UTF8.self)
    }
    return Tables(
      files: [
        try text(sink.users.writeRows), try text(sink.events.writeRows), try text(sink.userDays.writeRows),
      ],
      topics: (0...3).map { clean.text($0) } + [daily.text(0)])
  }

  private func simulate(_ seed: UInt64, _ options: World.Options) throws -> (expected: Tables, got: Tables, World) {
    var random = SeededRandom(seed: seed)
    let raw = RoughDays.make(&random)
    let expected = try undisturbed(raw)
    let base = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
    let folder =
      "\(base)/daylapse-simulation-\(ProcessInfo.processInfo.processIdentifier)-\(seed)-\(UInt32.random(in: 0 ... .max))"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, lines) in zip(["users.raw", "events.raw"], raw) {
      let writer = try TopicWriter(
        directory: "\(folder)/topics/\(name)", identity: TopicIdentity(name: name, run: "raw", digest: "raw"),
        options: .init(rollsAtMidnight: name == "events.raw"), mode: .create,
        timeOf: TopicCatalogue.schema(of: name).timeOf)
      for line in lines {
        try Array((line + "\n").utf8).withUnsafeBytes {
          try writer.append($0, count: 1, maxTime: TopicCatalogue.schema(of: name).timeOf($0))
        }
      }
      try writer.seal()
      try writer.close()
    }
    let world = try World(folder: folder, seed: seed, options: options)
    try world.run()
    func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
    let files = try ["users_clean", "events_clean", "user_daily"].map { try text("\(folder)/data/processed/\($0).csv") }
    let topics = try ["users.clean", "events.clean", "users.rejected", "events.rejected", "user.daily"].map { name in
      try FileManager.default.contentsOfDirectory(atPath: "\(folder)/topics/\(name)").filter { $0.hasSuffix(".jsonl") }
        .sorted().map { try text("\(folder)/topics/\(name)/\($0)") }.joined()
    }
    return (expected, Tables(files: files, topics: topics), world)
  }

  private func check(_ seed: UInt64, _ options: World.Options) {
    do {
      let (expected, got, world) = try simulate(seed, options)
      #expect(got == expected, "seed \(seed)\n\(world.story.joined(separator: "\n"))")
    } catch {
      Issue.record("seed \(seed): \(error)")
    }
  }

  @Test(arguments: seeds)
  func deathsDoNotChangeTheResult(seed: UInt64) {
    var options = World.Options()
    options.deaths = Int(seed % 7)
    check(seed, options)
  }

  @Test(arguments: seeds)
  func neitherDoesABadNetwork(seed: UInt64) {
    var options = World.Options()
    options.deaths = Int(seed % 4)
    options.weather = .init(dropOneIn: 8, repeatOneIn: 8, longestDelay: 30_000_000)
    check(seed, options)
  }

  @Test(arguments: seeds)
  func norAPowerCut(seed: UInt64) {
    var options = World.Options()
    options.powerCuts = 1 + Int(seed % 3)
    options.durability = seed.isMultiple(of: 2) ? .none : .checkpoint
    check(seed, options)
  }

  @Test(arguments: seeds)
  func norWhateverSomebodyDoesToTheReplay(seed: UInt64) {
    var options = World.Options()
    options.hasOperator = true
    options.deaths = Int(seed % 4)
    options.powerCuts = Int(seed % 2)
    options.durability = seed.isMultiple(of: 3) ? .checkpoint : .none
    if seed.isMultiple(of: 2) { options.weather = .init(dropOneIn: 8, repeatOneIn: 8, longestDelay: 30_000_000) }
    check(seed, options)
  }

  @Test(arguments: seeds)
  func norFilesThatCannotBeOpenedForAWhile(seed: UInt64) {
    var options = World.Options()
    options.diskFaults = 1 + Int(seed % 6)
    options.deaths = Int(seed % 5)
    check(seed, options)
  }

  @Test(arguments: Safeguard.allCases)
  func withoutASafeguardItWouldBeNoticed(missing: Safeguard) {
    var noticed = 0
    for seed in 0..<UInt64(15) where noticed == 0 {
      var options = World.Options()
      options.missing = missing
      options.deaths = 5
      options.weather = .init(dropOneIn: 8, repeatOneIn: 4, longestDelay: 30_000_000)
      do {
        let (expected, got, _) = try simulate(seed, options)
        if got != expected { noticed += 1 }
      } catch {
        noticed += 1
      }
    }
    #expect(noticed > 0)
  }
}
