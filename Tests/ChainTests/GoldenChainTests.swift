import Aggregator
import Cleaner
import ExternalSort
import Foundation
import OutputFiles
import RawData
import Records
import Sink
import TestSupport
import Testing
import TopicLog

/// The whole chain of steps in memory, from imported files to the three tables, against what the course's programs gave.
struct GoldenChainTests {
  private struct Tables: Equatable {
    var users: String
    var events: String
    var userDays: String
  }

  private final class Rows: RowOutput {
    let buffer = ByteBuffer()
    var text: String { String(decoding: buffer.bytes, as: UTF8.self) }
    func flushIfNeeded() {}
  }

  private final class LinesHistory: EventHistory {
    let lines: [String]
    init(_ lines: [String]) { self.lines = lines }
    func forEachBatch(in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
      try Array(lines[offsets].map { $0 + "\n" }.joined().utf8).withUnsafeBytes { try body($0) }
    }
  }

  /// The messages that a set's raw files become.
  private static func raw(_ name: String) throws -> (users: [String], events: [String]) {
    try withTemporaryFolder { folder in
      _ = try ImportJob(
        usersPath: Fixture.path("\(name)/raw/users.csv"), eventsPath: Fixture.path("\(name)/raw/events.csv"),
        topicsDirectory: folder, run: "r", digest: "d", spillPath: folder + "/spill"
      ).perform()
      return (try lines(folder + "/users.raw"), try lines(folder + "/events.raw"))
    }
  }

  private static func lines(_ directory: String) throws -> [String] {
    let reader = try TopicReader(directory: directory) { EventTimeField.eventTime.read($0) }
    var lines: [String] = []
    while let slice = try reader.slice(from: lines.count, maxBytes: 1 << 20) {
      slice.withBytes { bytes in bytes.forEachLine { lines.append(String(decoding: $0, as: UTF8.self)) } }
    }
    return lines
  }

  private func run(
    _ raw: (users: [String], events: [String]), batching: Batching = .all, batchBytes: Int = 1 << 16,
    engagement: Bool = false, aggregation: AggregatorStep.Options = .init()
  ) throws -> Tables {
    let cleaner = CleanerStep()
    let clean = RecordedOutputs(cleaner.outputs, byteLimit: batchBytes)
    try cleaner.give(raw.users, to: 0, batching: batching, into: clean)
    try cleaner.give(raw.events, to: 1, batching: batching, into: clean)
    #expect(clean.lines(0).count + clean.lines(2).count == raw.users.count)
    #expect(clean.lines(1).count + clean.lines(3).count == raw.events.count)

    let history = LinesHistory(clean.lines(1))
    let aggregator = AggregatorStep(options: aggregation, history: history)
    let daily = RecordedOutputs(aggregator.outputs, byteLimit: batchBytes)
    try withExtendedLifetime(history) {
      try aggregator.give(clean.lines(0), to: 0, batching: batching, into: daily)
      try aggregator.give(clean.lines(1), to: 1, batching: batching, into: daily)
    }

    let sink = SinkStep(options: .init(keepsEngagement: engagement)) { MemoryRunStorage() }
    let nothing = RecordedOutputs([])
    try sink.give(daily.lines(0), to: 2, batching: batching, into: nothing)
    try sink.give(clean.lines(1), to: 1, batching: batching, into: nothing)
    try sink.give(clean.lines(0), to: 0, batching: batching, into: nothing)
    let (users, events, userDays) = (Rows(), Rows(), Rows())
    try sink.users.writeRows(to: users)
    try sink.events.writeRows(to: events)
    try sink.userDays.writeRows(to: userDays)
    return Tables(users: users.text, events: events.text, userDays: userDays.text)
  }

  private static func golden(_ name: String) throws -> Tables {
    Tables(
      users: try Fixture.text("\(name)/processed/users_clean.csv"),
      events: try Fixture.text("\(name)/processed/events_clean.csv"),
      userDays: try Fixture.text("\(name)/processed/user_daily.csv"))
  }

  private func expectSame(_ found: String, _ expected: String, _ what: String) {
    guard found != expected else { return }
    let (left, right) = (found.split(separator: "\n"), expected.split(separator: "\n"))
    let index = zip(left, right).enumerated().first { $1.0 != $1.1 }?.offset ?? min(left.count, right.count)
    Issue.record(
      """
      \(what), line \(index + 1) of \(left.count), \(right.count) expected:
      \(index < left.count ? left[index] : "nothing")
      \(index < right.count ? right[index] : "nothing")
      """)
  }

  @Test(arguments: ["leap", "small", "messy"])
  func givesWhatTheCoursesProgramsGave(name: String) throws {
    let golden = try Self.golden(name)
    let raw = try Self.raw(name)
    for (batching, batchBytes) in [(Batching.all, 1 << 16), (.single, 1), (.random(seed: 7), 500)] {
      let found = try run(raw, batching: batching, batchBytes: batchBytes)
      expectSame(found.users, golden.users, "users_clean of \(name), \(batching)")
      expectSame(found.events, golden.events, "events_clean of \(name), \(batching)")
      expectSame(found.userDays, golden.userDays, "user_daily of \(name), \(batching)")
    }
  }

  @Test(arguments: ["small", "messy"])
  func eventsInAnyOrderGiveTheSameTablesThroughLateRows(name: String) throws {
    let golden = try Self.golden(name)
    var raw = try Self.raw(name)
    guard name == "small" else {
      // duplicates are decided by order: move nothing, but let early rows come
      let found = try run(raw, aggregation: .init(earlyIntervalSeconds: 3600))
      return expectSame(found.userDays, golden.userDays, "user_daily of \(name)")
    }
    var random = SeededRandom(seed: 17)
    raw.events.shuffle(using: &random)
    for bound in [0, 10 * 86_400] {
      let found = try run(raw, aggregation: .init(outOfOrdernessSeconds: bound))
      expectSame(found.events, golden.events, "events_clean, bound \(bound)")
      expectSame(found.userDays, golden.userDays, "user_daily, bound \(bound)")
    }
  }

  @Test(arguments: [
    ("small", "8e35a96dc883b564ea79c83ab51f962a9379ab4fa18ec5f66d811999931f21f3"),
    ("leap", "2d889afdbaa3214157b926467c05864c3778dbd91834de29d4c8d1603fe688e5"),
  ])
  func keepsEngagementAsTheCoursesProgramDoes(name: String, sha256: String) throws {
    let found = try run(Self.raw(name), engagement: true).userDays
    #expect(Array(found.utf8).withUnsafeBytes { FileDigest.sha256(of: $0) } == sha256)
  }
}
