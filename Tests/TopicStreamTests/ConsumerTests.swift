import Records
import TestSupport
import Testing
import TopicLog
import ZeroMQ

@testable import TopicStream

struct ConsumerTests {
  @Test(arguments: ["ipc", "tcp"])
  func aLateOneGetsEverything(transport: String) throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder, endpoint: transport == "tcp" ? "tcp://127.0.0.1:*" : nil)
      for first in stride(from: 0, to: 500, by: 5) { try station.publish(first..<(first + 5)) }
      let consumer = try station.consumer()
      defer { consumer.close() }
      var delivered = Delivered()
      try station.serve("the first 500") {
        try delivered.take(from: consumer)
        return delivered.lines.count == 500
      }
      try station.publish(500..<503)
      try station.output.end()
      try station.serve("the end") {
        try delivered.take(from: consumer)
        return delivered.hasEnded
      }
      #expect(delivered.lines == (0..<503).map { "line \($0)" })
      #expect(consumer.hasEnded)
      #expect(consumer.run == "r1")
      #expect(consumer.lag(of: 0) == 0)
    }
  }

  @Test func oneThatComesAfterTheEndGetsEverythingAndTheEnd() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      try station.publish(0..<10)
      try station.output.end()
      let consumer = try station.consumer { $0.fetchBytes = 20 }
      defer { consumer.close() }
      var delivered = Delivered()
      try station.serve("the end") {
        try delivered.take(from: consumer)
        return delivered.hasEnded
      }
      #expect(delivered.lines == (0..<10).map { "line \($0)" })
      #expect(consumer.fetchedBatchCount > 2)
    }
  }

  @Test func theEndOfAnEmptyTopicIsReportedOnce() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      let consumer = try station.consumer()
      defer { consumer.close() }
      try station.output.end()
      var delivered = Delivered()
      try station.serve("the end") {
        try delivered.take(from: consumer)
        return delivered.hasEnded
      }
      for _ in 0..<20 {
        try station.publisher.wait(milliseconds: 1)
        try delivered.take(from: consumer)
      }
      #expect(delivered.batchCount == 1)
    }
  }

  @Test func whatASlowGuestMissedIsRepaired() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      let consumer = try station.consumer()
      defer { consumer.close() }
      let text = String(repeating: "x", count: 4000)
      var delivered = Delivered()
      try station.publish(["0 \(text)"])
      try station.serve("the first") {
        try delivered.take(from: consumer)
        return delivered.lines.count == 1
      }
      // far more than all buffers hold, while nobody takes anything
      for number in 1..<3000 { try station.publish(["\(number) \(text)"]) }
      try station.output.end()
      try station.serve("everything, \(delivered.lines.count) so far") {
        try delivered.take(from: consumer)
        return delivered.hasEnded
      }
      let isComplete = delivered.lines == (0..<3000).map { "\($0) \(text)" }
      #expect(isComplete)
      #expect(consumer.fetchedBatchCount > 0)
    }
  }

  @Test func anotherTopicWithTheSamePrefixIsLeftOut() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      let consumer = try station.consumer()
      defer { consumer.close() }
      var delivered = Delivered()
      try station.publish(0..<1)
      try station.serve("the first") {
        try delivered.take(from: consumer)
        return delivered.lines.count == 1
      }
      let other = DataHeader(run: "r9", offset: 0, count: 1)
      let buffer = ByteBuffer()
      other.write(to: buffer)
      try station.publisher.dataSocket.sendMultipart([Array("t.more".utf8), Array(buffer.bytes), Array("x\n".utf8)])
      try station.publisher.dataSocket.sendMultipart([Array("t".utf8), Array("nonsense".utf8), Array("x\n".utf8)])
      try station.publisher.dataSocket.sendMultipart([Array("t".utf8), Array(buffer.bytes)])
      try station.publisher.dataSocket.sendMultipart([Array("t".utf8)])
      try station.publish(1..<2)
      try station.serve("the second") {
        try delivered.take(from: consumer)
        return delivered.lines.count == 2
      }
      #expect(consumer.refusedMessageCount == 2)
    }
  }

  @Test func aMessageThatHasFewerLinesThanItSaysLosesNothing() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      let consumer = try station.consumer()
      defer { consumer.close() }
      var delivered = Delivered()
      try station.publish(0..<2)
      try station.serve("the first two") {
        try delivered.take(from: consumer)
        return delivered.lines.count == 2
      }
      let wrong = DataHeader(run: "r1", offset: 0, count: 4)
      let buffer = ByteBuffer()
      wrong.write(to: buffer)
      try station.publisher.dataSocket.sendMultipart([Array("t".utf8), Array(buffer.bytes), Array("line 0\n".utf8)])
      try station.serve("its refusal") {
        _ = try consumer.receive(timeoutMilliseconds: 0)
        return consumer.refusedMessageCount == 1
      }
      #expect(consumer.next(of: 0) == 2)
    }
  }

  @Test func aNewRunIsAnError() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      let consumer = try station.consumer()
      defer { consumer.close() }
      var delivered = Delivered()
      try station.publish(0..<3)
      try station.serve("three") {
        try delivered.take(from: consumer)
        return delivered.lines.count == 3
      }
      let buffer = ByteBuffer()
      DataHeader(run: "r2", offset: 0, count: 1).write(to: buffer)
      try station.publisher.dataSocket.sendMultipart([Array("t".utf8), Array(buffer.bytes), Array("x\n".utf8)])
      #expect(throws: NewRunError(topic: "t", old: "r1", new: "r2")) {
        try station.serve("the new run") { try consumer.receive(timeoutMilliseconds: 0) != nil }
      }
    }
  }

  @Test func bootstrapTopicsAreDeliveredWholeBeforeTheOthers() throws {
    try withTemporaryFolder { folder in
      try withTemporaryFolder { second in
        let station = try Station(folder)
        // a second topic of the same publisher
        let later = try LogOutput(
          writer: .init(
            directory: second + "/u", identity: .init(name: "u", run: "r1", digest: "d"), mode: .create,
            timeOf: { _ in nil }), reader: .init(directory: second + "/u", timeOf: { _ in nil }),
          publisher: station.publisher, schema: [:])
        let lines = OutputTopic(name: "u") { try later.deliver($0) }
        lines.buffer.append("u0\n")
        try lines.endLine()
        try lines.flush()
        try later.end()
        let consumer = try station.consumer(topics: [StepInput("t", isBootstrap: true), StepInput("u")])
        defer { consumer.close() }
        var order: [String] = []
        func take() throws {
          while let batch = try consumer.receive(timeoutMilliseconds: 0) {
            batch.lines.forEachLine { order.append(String(decoding: $0, as: UTF8.self)) }
            if batch.isEnd { order.append("end of \(batch.topicName)") }
          }
        }
        try station.publish(0..<2)
        try station.serve("t's messages") {
          try take()
          return order.count == 2
        }
        try station.output.end()
        try station.serve("the end") {
          try take()
          return consumer.hasEnded
        }
        #expect(order == ["line 0", "line 1", "end of t", "u0", "end of u"])
        try later.close()
      }
    }
  }

  @Test func aHeldOneTakesAndAnnouncesNothingBeforeItsStart() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      let consumer = try station.consumer("m", role: .member) { $0.startsHeld = true }
      defer { consumer.close() }
      try station.publish(0..<3)
      try station.serve("its run") { try consumer.knownRuns() == ["r1"] }
      #expect(station.events.isEmpty)
      #expect(consumer.next(of: 0) == 0)
      try consumer.start()
      var delivered = Delivered()
      try station.serve("three") {
        try delivered.take(from: consumer)
        return delivered.lines.count == 3
      }
      try station.serve("its name") { station.events == [.joined("m")] }
    }
  }
}
