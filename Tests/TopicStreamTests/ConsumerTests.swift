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

  @Test(arguments: [Consumer.Role.guest, .member])
  func noHeadersWhateverMakeItCrash(role: Consumer.Role) throws {
    let context = try Context()
    let data = try Socket(context, .xpub)
    try data.set(.xpubVerbose, to: true)
    let service = try Socket(context, .router)
    let endpoints = (try data.bind("inproc://data"), try service.bind("inproc://service"))
    var random = SeededRandom(seed: 15)
    let numbers = [
      "0", "1", "2", "3", "9223372036854775807", "-9223372036854775808", "9007199254740992", "9007199254740991",
      "9007199254740993", "4611686018427387904", "-1", "1e300", "null", #""1""#, "99999999999999999999999999",
    ]
    let times = [
      #""0001-01-01T00:00:00""#, #""9999-12-31T23:59:59""#, #""2025-01-03T00:00:00""#, "1", #""10000-01-01""#,
    ]
    func header() -> String {
      var members = [
        ("run", [#""r""#]), ("epoch", numbers), ("offset", numbers), ("count", ["0", "1", "1", "2"] + numbers),
      ]
      members += [
        ("first", numbers), ("published", numbers), ("complete", ["true"]), ("end", ["true"]), ("watermark", times),
        ("clock", times),
      ].filter { _ in UInt8.random(in: 0..<4, using: &random) == 0 }
      return #"{"topic":"t","# + members.map { #""\#($0)":\#(random.pick($1))"# }.joined(separator: ",") + "}"
    }
    func payload() -> String { random.pick(["", "x\n", "x\ny\n", "x"]) }
    // what it believes once makes it refuse much of what follows: so many consumers, a few messages each
    for _ in 0..<60 {
      var options = Consumer.Options(
        data: endpoints.0, service: endpoints.1, topics: ["t", "u"].map { StepInput($0) }, name: "c", role: role)
      options.fetchTimeoutNanoseconds = 1
      options.keepAliveNanoseconds = 1
      let consumer = try Consumer(context: context, options: options)
      defer { consumer.close(lingerMilliseconds: 0) }
      let patience = ContinuousClock.now + .seconds(patienceSeconds)
      while try data.receive(blocking: false) == nil {
        guard ContinuousClock.now < patience else { throw TimedOut(what: "a subscription") }
      }
      for _ in 0..<50 {
        try data.sendMultipart([random.pick(["t", "u"]), header(), payload()].map { Array($0.utf8) })
        while let request = try service.receiveMultipart(blocking: false) {
          try service.sendMultipart([request[0]] + ["ok", header(), payload()].map { Array($0.utf8) })
        }
        do {
          while let batch = try consumer.receive(timeoutMilliseconds: 0) {
            try consumer.acknowledge(batch.topic, next: batch.next)
          }
          try consumer.keepAlive()
        } catch is ShortTopicError {
          break
        }
        for topic in 0..<2 { _ = (consumer.lag(of: topic), consumer.next(of: topic), consumer.place(of: topic)) }
      }
    }
  }
}
