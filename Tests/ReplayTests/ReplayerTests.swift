import Foundation
import Records
import Replay
import Synchronization
import TestSupport
import Testing
import TopicLog
import TopicStream
import ZeroMQ

struct ReplayerTests {
  /// A clock that a test turns by hand.
  private final class HandClock: Sendable {
    private let nanoseconds = Atomic(7_000_000_000)
    var clock: StreamClock { StreamClock { self.nanoseconds.load(ordering: .sequentiallyConsistent) } }
    func advance(_ step: Int) { nanoseconds.add(step, ordering: .sequentiallyConsistent) }
  }

  /// A batch as it went over the wire.
  private struct Batch: Equatable {
    var topic: String
    var lines: [String]
    var clock: String?
    var isEnd: Bool
  }

  private static func event(_ id: Int, _ time: String) -> String {
    #"{"event_id":\#(id),"user_id":1,"event_time":"\#(time)","event_type":"login"}"#
  }

  private static func log(_ name: String, _ lines: [String], in folder: String) throws -> TopicReader {
    let timeOf: LineTime = { EventTimeField.eventTime.read($0) }
    let writer = try TopicWriter(
      directory: folder + "/" + name, identity: .init(name: name, run: "r", digest: "d"),
      options: .init(rollsAtMidnight: true), mode: .create, timeOf: timeOf)
    for line in lines {
      let bytes = Array((line + "\n").utf8)
      try bytes.withUnsafeBytes { all in
        try writer.append(all, count: 1, maxTime: timeOf(UnsafeRawBufferPointer(rebasing: all.dropLast())))
      }
    }
    try writer.seal()
    try writer.close()
    return try TopicReader(directory: folder + "/" + name, timeOf: timeOf)
  }

  /// Replays users and events while a member takes them, and gives the batches and the replayer.
  private func replay(
    users: [String] = [], _ events: [String], speed: ReplaySpeed = .max, hand: HandClock? = nil,
    stepNanoseconds: Int = 0,
    batchCount: Int = .max
  ) throws -> (batches: [Batch], replayer: Replayer) {
    try withTemporaryFolder { folder in
      let context = try Context()
      var publisherOptions = Publisher.Options()
      publisherOptions.members = ["m"]
      let publisher = try Publisher(
        context: context, name: "producer",
        endpoints: .init(data: ["ipc://\(folder)/d"], service: ["ipc://\(folder)/s"]),
        options: publisherOptions)
      defer { publisher.close() }
      let consumer = try Consumer(
        context: context,
        options: .init(
          data: "ipc://\(folder)/d", service: "ipc://\(folder)/s",
          topics: [StepInput("users.raw", isBootstrap: true), StepInput("events.raw")], name: "m", role: .member))
      defer { consumer.close() }
      let logs = [try Self.log("users.raw", users, in: folder), try Self.log("events.raw", events, in: folder)]
      let sources = try zip(logs, ["users.raw", "events.raw"]).map { log, name in
        ReplaySource(
          log: log, topic: try publisher.declare(name, run: "r", log: log), isBootstrap: name == "users.raw",
          timeOf: { EventTimeField.eventTime.read($0) })
      }
      var options = Replayer.Options()
      options.speed = speed
      options.batchCount = batchCount
      if let hand { options.clock = hand.clock }
      let replayer = try Replayer(sources: sources, publisher: publisher, options: options)

      var batches: [Batch] = []
      func take() throws {
        while let batch = try consumer.receive(timeoutMilliseconds: 0) {
          var lines: [String] = []
          batch.lines.forEachLine { lines.append(String(decoding: $0, as: UTF8.self)) }
          batches.append(
            Batch(topic: batch.topicName, lines: lines, clock: batch.clock?.description, isEnd: batch.isEnd))
          try consumer.acknowledge(batch.topic, next: batch.next)
        }
        try consumer.keepAlive()
      }
      let deadline = ContinuousClock.now + .seconds(60)
      struct TimedOut: Error {}
      publisher.onWait = { _ in
        guard ContinuousClock.now < deadline else { throw TimedOut() }
        try take()
      }
      replayer.onTurn = { _ in
        guard ContinuousClock.now < deadline else { throw TimedOut() }
        try take()
        hand?.advance(stepNanoseconds)
      }
      // the member is to be there before the clock starts
      while !publisher.isComplete {
        try publisher.wait(milliseconds: 1)
        try publisher.onWait(publisher)
      }
      try replayer.run()
      while !consumer.hasEnded {
        try publisher.wait(milliseconds: 1)
        try publisher.onWait(publisher)
      }
      return (batches, replayer)
    }
  }

  @Test func atFullSpeedBatchesEndAtMidnightAndUsersComeFirst() throws {
    let events = [
      Self.event(1, "2025-01-06T10:00:00"), Self.event(2, "2025-01-06T23:00:00"), "\"no time\"",
      Self.event(3, "2025-01-07T00:00:00"),
      Self.event(4, "2025-01-09T00:00:00"),
    ]
    let (batches, replayer) = try replay(users: ["u1", "u2"], events)
    let usersEnd = try #require(batches.firstIndex { $0.topic == "users.raw" && $0.isEnd })
    let eventsStart = try #require(batches.firstIndex { $0.topic == "events.raw" })
    #expect(usersEnd < eventsStart)
    #expect(batches.filter { $0.topic == "users.raw" }.flatMap(\.lines) == ["u1", "u2"])
    let eventBatches = batches.filter { $0.topic == "events.raw" && !$0.lines.isEmpty }
    #expect(eventBatches.map(\.lines) == [Array(events[..<3]), [events[3]], [events[4]]])
    #expect(replayer.published == [2, 5])
    // the clock ends with the last day
    #expect(replayer.now == EventTime("2025-01-10"))
    #expect(replayer.lateness.count == 0)
  }

  @Test func atFullSpeedBatchesHoldNoMoreThanAsked() throws {
    let events = (0..<10).map { Self.event($0, "2025-01-06T10:00:0\($0)") }
    let (batches, _) = try replay(events, batchCount: 1)
    #expect(batches.filter { !$0.lines.isEmpty }.map(\.lines) == events.map { [$0] })
  }

  @Test func pacedEventsLeaveWhenTheirTimeHasComeAndNeverBefore() throws {
    let hand = HandClock()
    let events = [
      Self.event(1, "2025-01-06T06:00:00"), Self.event(2, "2025-01-06T06:00:00"), "\"no time\"",
      Self.event(3, "2025-01-06T18:00:00"),
      Self.event(4, "2025-01-07T00:00:00"), Self.event(5, "2025-01-08T23:59:59"),
    ]
    // a day is a second; each turn is a tenth of it
    let (batches, replayer) = try replay(events, speed: .factor(86_400), hand: hand, stepNanoseconds: 100_000_000)
    let found = batches.filter { !$0.lines.isEmpty }
    #expect(found.flatMap(\.lines) == events)
    for batch in found {
      let clock = try #require(batch.clock.flatMap { EventTime($0) })
      for line in batch.lines {
        guard let time = Array(line.utf8).withUnsafeBytes({ EventTimeField.eventTime.read($0) }) else { continue }
        #expect(time <= clock, "\(line) left at \(clock)")
        #expect(clock.secondsSinceEpoch - time.secondsSinceEpoch <= 2 * 8640, "\(line) left at \(clock)")
      }
    }
    #expect(found.map(\.lines.count) == [3, 1, 1, 1])
    #expect(replayer.span?.first == EventTime("2025-01-06"))
    #expect(replayer.span?.end == EventTime("2025-01-09"))
    #expect(replayer.now == EventTime("2025-01-09"))
    // three days, from the first midnight to the last, are three seconds
    #expect(abs(replayer.elapsedNanoseconds - 3_000_000_000) <= 400_000_000)
    #expect(replayer.lateness.count == events.count)
    #expect(replayer.lateness.maximum < 210)
  }

  @Test func theClockDoesNotRunBeyondTheEnd() throws {
    let hand = HandClock()
    let (batches, _) = try replay(
      [Self.event(1, "2025-01-06T06:00:00")], speed: .factor(86_400e12), hand: hand, stepNanoseconds: 1_000_000)
    for batch in batches where !batch.lines.isEmpty {
      #expect(batch.clock == "2025-01-07T00:00:00", "\(batch)")
    }
  }

  @Test func withoutAnyTimePacedIsFullSpeed() throws {
    let (batches, replayer) = try replay(["\"a\"", "\"b\""], speed: .factor(1))
    #expect(batches.flatMap(\.lines) == ["\"a\"", "\"b\""])
    #expect(replayer.span == nil)
  }
}
