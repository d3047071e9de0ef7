import Foundation
import Records
import Synchronization
import TestSupport
import Testing
import TopicLog
import ZeroMQ

@testable import TopicStream

/// How long a test waits for what must happen.
let patienceSeconds = 60.0

/// A clock that a test turns by hand.
final class HandClock: Sendable {
  private let nanoseconds = Atomic(1_000_000_000)

  var clock: StreamClock { StreamClock { self.nanoseconds.load(ordering: .sequentiallyConsistent) } }

  func advance(seconds: Double) { nanoseconds.add(Int(seconds * 1e9), ordering: .sequentiallyConsistent) }
}

/// A publisher of one topic, with the topic's files in a folder of its own.
final class Station {
  static let topic = "t"
  let context: Context
  let publisher: Publisher
  let output: LogOutput
  private let lines: OutputTopic
  var events: [PublisherEvent] = []

  init(
    _ folder: String, context: Context? = nil, run: String = "r1", options: Publisher.Options = .init(),
    mode: TopicWriter.Mode = .create, endpoint: String? = nil
  ) throws {
    let context = try context ?? Context()
    self.context = context
    self.folder = folder
    publisher = try Publisher(
      context: context, name: "station",
      endpoints: .init(
        data: [endpoint ?? "ipc://\(folder)/data-\(run)"], service: [endpoint ?? "ipc://\(folder)/service-\(run)"]),
      options: options)
    let timeOf: LineTime = { EventTimeField.eventTime.read($0) }
    let output = try LogOutput(
      writer: TopicWriter(
        directory: folder + "/t", identity: TopicIdentity(name: Self.topic, run: run, digest: "d"), mode: mode,
        timeOf: timeOf), reader: TopicReader(directory: folder + "/t", timeOf: timeOf), publisher: publisher,
      schema: ["type": "string"])
    self.output = output
    lines = OutputTopic(name: Self.topic) { try output.deliver($0) }
    publisher.onEvent = { [weak self] in self?.events.append($0) }
  }

  deinit {
    try? output.close()
    publisher.close()
  }

  private let folder: String

  /// Another topic's files, which nobody publishes yet.
  func logOnly(_ texts: [String], timeOf: @escaping LineTime = { _ in nil }) throws -> TopicReader {
    let writer = try TopicWriter(
      directory: folder + "/u", identity: TopicIdentity(name: "u", run: "r1", digest: "d"), mode: .create,
      timeOf: timeOf)
    for text in texts {
      try Array((text + "\n").utf8).withUnsafeBytes {
        try writer.append($0, count: 1, maxTime: timeOf(UnsafeRawBufferPointer(rebasing: $0.dropLast())))
      }
    }
    try writer.close()
    return try TopicReader(directory: folder + "/u", timeOf: timeOf)
  }

  /// Logs and publishes one batch.
  func publish(_ batch: [String]) throws {
    for line in batch {
      lines.buffer.append(line + "\n")
      if let time = EventTimeField.eventTime.read(Array(line.utf8)) {
        try lines.endLine(atSeconds: time.secondsSinceEpoch)
      } else {
        try lines.endLine()
      }
    }
    try lines.flush()
  }

  func publish(_ range: Range<Int>) throws { try publish(range.map { "line \($0)" }) }

  func consumer(
    _ name: String? = nil, role: Consumer.Role = .guest, topics: [StepInput] = [StepInput(Station.topic)],
    change: (inout Consumer.Options) -> Void = { _ in }
  ) throws -> Consumer {
    var options = Consumer.Options(
      data: publisher.endpoints.data[0], service: publisher.endpoints.service[0], topics: topics, name: name, role: role
    )
    options.fetchTimeoutNanoseconds = 200_000_000
    change(&options)
    return try Consumer(context: context, options: options)
  }

  /// Serves until something holds; fails the test where it does not come to hold.
  func serve(_ what: String = "", until isDone: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(patienceSeconds)
    while try !isDone() {
      guard ContinuousClock.now < deadline else { throw TimedOut(what: what) }
      try publisher.wait(milliseconds: 1)
    }
  }

  /// Sends frames from a socket and gives the answer.
  func ask(_ socket: Socket, _ frames: [String]) throws -> [String] {
    try socket.sendMultipart(frames.map { Array($0.utf8) })
    var answer: [[UInt8]]?
    try serve("an answer to \(frames)") {
      answer = try socket.receiveMultipart(blocking: false)
      return answer != nil
    }
    return answer!.map { String(decoding: $0, as: UTF8.self) }
  }

  func dealer() throws -> Socket {
    let socket = try Socket(context, .dealer)
    try socket.connect(publisher.endpoints.service[0])
    return socket
  }
}

struct TimedOut: Error { var what: String }

/// What a consumer has delivered.
struct Delivered {
  var lines: [String] = []
  var hasEnded = false
  var batchCount = 0

  /// Takes what is there, and checks that it follows what came before.
  mutating func take(from consumer: Consumer) throws {
    while let batch = try consumer.receive(timeoutMilliseconds: 0) {
      #expect(batch.offset == lines.count)
      #expect(!hasEnded)
      batch.lines.forEachLine { lines.append(String(decoding: $0, as: UTF8.self)) }
      #expect(batch.next == lines.count)
      hasEnded = batch.isEnd
      batchCount += 1
    }
    try consumer.keepAlive()
  }
}

extension EventTimeField {
  func read(_ line: [UInt8]) -> EventTime? { line.withUnsafeBytes { read($0) } }
}
