import Records
import TestSupport
import Testing
import ZeroMQ

@testable import TopicStream

/// What a consumer does where a publisher does not give what it has published.
struct FetchRefusedTests {
  /// A publisher that says it has published ten messages, and answers `fetch` as it likes.
  private final class Fake {
    let data: Socket
    let service: Socket
    let clock = HandClock()
    let consumer: Consumer
    var fetches = 0
    /// How often an answer comes once more.
    var repeats = 0
    /// The frames behind the envelope; `nil` where it says nothing.
    var answer: (_ id: JSONValue?, _ offset: Int) -> [String]? = { _, _ in nil }

    init(_ folder: String) throws {
      let context = try Context()
      data = try Socket(context, .xpub)
      service = try Socket(context, .router)
      _ = try data.bind("ipc://\(folder)/data")
      _ = try service.bind("ipc://\(folder)/service")
      var options = Consumer.Options(data: "ipc://\(folder)/data", service: "ipc://\(folder)/service", topics: ["t"])
      options.clock = clock.clock
      // an answer takes as long as this machine likes, while the clock goes on
      options.fetchTimeoutNanoseconds = 3_600_000_000_000
      consumer = try Consumer(context: context, options: options)
    }

    deinit {
      consumer.close()
      data.close()
      service.close()
    }

    /// Lets a tenth of a second pass.
    func turn() throws -> String? {
      while try data.receiveMultipart(blocking: false) != nil { try send(DataHeader(run: "r", offset: 10, count: 0)) }
      while let frames = try service.receiveMultipart(blocking: false) {
        guard frames.count == 3, frames[1].elementsEqual("fetch".utf8) else { continue }
        fetches += 1
        let request = try JSONValue(parsing: frames[2])
        guard let reply = answer(request["id"], request["offset"]?.intValue ?? -1) else { continue }
        for _ in 0...repeats { try service.sendMultipart([frames[0]] + reply.map { Array($0.utf8) }) }
      }
      clock.advance(seconds: 0.1)
      guard let batch = try consumer.receive(timeoutMilliseconds: 0) else {
        try consumer.keepAlive()
        return nil
      }
      return String(decoding: batch.lines, as: UTF8.self)
    }

    /// - Returns: What was delivered.
    func run(turns: Int) throws -> [String] { try (0..<turns).compactMap { _ in try slowTurn() } }

    /// A turn, with time for what was sent to arrive.
    private func slowTurn() throws -> String? {
      let found = try turn()
      var poller = Poller()
      consumer.add(to: &poller)
      _ = try poller.wait(timeoutMilliseconds: 2)
      return found
    }

    private func send(_ header: DataHeader) throws {
      let buffer = ByteBuffer()
      header.write(to: buffer)
      try data.sendMultipart([Array("t".utf8), Array(buffer.bytes), []])
    }
  }

  private func text(_ members: [JSONValue.Member], id: JSONValue?) -> String {
    JSONValue.object((id.map { [.init("id", $0)] } ?? []) + members).description
  }

  private func refusal(_ code: String, id: JSONValue?, ready: Bool? = nil) -> [String] {
    [
      "error",
      text(
        [.init("code", .string(code)), .init("message", "the disk is gone")]
          + (ready.map { [.init("ready", .bool($0))] } ?? []), id: id),
    ]
  }

  private func header(_ offset: Int, _ count: Int, id: JSONValue?) -> String {
    text(
      [
        .init("topic", "t"), .init("run", "r"), .init("epoch", 0), .init("offset", .int(offset)),
        .init("count", .int(count)),
      ],
      id: id)
  }

  @Test(arguments: ["failed", "unknown_topic", "of another kind"], [true, false])
  func isGivenUpAfterSomeTries(code: String, hasID: Bool) throws {
    try withTemporaryFolder { folder in
      let fake = try Fake(folder)
      fake.answer = { id, _ in refusal(code, id: hasID ? id : nil) }
      let error = #expect(throws: FetchRefused.self) { try fake.run(turns: 3000) }
      #expect(fake.fetches == FetchBudget.limit && error?.times == FetchBudget.limit)
      #expect(error?.topic == "t" && error?.offset == 0)
      #expect(error?.description.contains("service does not give t from offset 0, asked 6 times: ") == true)
      #expect(error?.description.contains("the disk is gone") == true)
    }
  }

  @Test(arguments: ["bad_request", "not_allowed", "unknown_verb"])
  func isGivenUpAtOnceWhereAskingAgainIsOfNoUse(code: String) throws {
    try withTemporaryFolder { folder in
      let fake = try Fake(folder)
      fake.answer = { id, _ in refusal(code, id: id) }
      let error = #expect(throws: FetchRefused.self) { try fake.run(turns: 3000) }
      #expect(fake.fetches == 1 && error?.times == 1)
    }
  }

  @Test func answersThatHelpNobodyAreRefusalsAsWell() throws {
    let answers: [(String, (JSONValue?) -> [String])] = [
      ("header", { ["ok", text([.init("topic", "t")], id: $0), "x\n"] }),
      ("lines", { ["ok", header(0, 3, id: $0), "x\n"] }),
      ("nothing of what is missing", { ["ok", header(0, 0, id: $0), ""] }),
      ("its answer is", { _ in ["error", "{"] }),
    ]
    for (words, answer) in answers {
      try withTemporaryFolder { folder in
        let fake = try Fake(folder)
        fake.answer = { id, _ in answer(id) }
        let error = #expect(throws: FetchRefused.self) { try fake.run(turns: 3000) }
        #expect(fake.fetches == FetchBudget.limit, "\(words)")
        #expect(error?.description.contains(words) == true, "\(error.map(String.init(describing:)) ?? "")")
      }
    }
  }

  @Test func whatIsAnsweredTwiceIsNoRefusal() throws {
    try withTemporaryFolder { folder in
      let fake = try Fake(folder)
      // as a network does that repeats what it has delivered
      fake.answer = { id, offset in ["ok", header(offset, 1, id: id), "line \(offset)\n"] }
      fake.repeats = 10
      var got: [String] = []
      for _ in 0..<40 where got.count < 10 { got += try fake.run(turns: 50) }
      #expect(got == (0..<10).map { "line \($0)\n" })
      #expect(fake.fetches == 10)
    }
  }

  @Test func whatIsAnsweredInTheEndBeginsANewBudget() throws {
    try withTemporaryFolder { folder in
      let fake = try Fake(folder)
      // each message is refused as often as it may be
      var refusals = 0
      fake.answer = { id, offset in
        refusals += 1
        if refusals.isMultiple(of: FetchBudget.limit) { return ["ok", header(offset, 1, id: id), "line \(offset)\n"] }
        return refusal("failed", id: id)
      }
      var got: [String] = []
      for _ in 0..<40 where got.count < 3 { got += try fake.run(turns: 100) }
      #expect(got.prefix(3) == ["line 0\n", "line 1\n", "line 2\n"])
    }
  }

  @Test func aPublisherThatIsNotSoFarIsWaitedFor() throws {
    for (code, ready) in [("beyond_end", nil), ("unknown_topic", false)] as [(String, Bool?)] {
      try withTemporaryFolder { folder in
        let fake = try Fake(folder)
        fake.answer = { id, _ in refusal(code, id: id, ready: ready) }
        #expect(try fake.run(turns: 400) == [])
        #expect(fake.fetches > 2 * FetchBudget.limit, "\(code)")
        fake.answer = { id, offset in ["ok", header(offset, 1, id: id), "line \(offset)\n"] }
        #expect(try fake.run(turns: 100).first == "line 0\n", "\(code)")
      }
    }
  }

  @Test func aPublisherWithoutTopicsSaysThatItIsEarly() throws {
    let error = ServiceError(.notReady, "later")
    #expect(JSONValue.object(error.json).description == #"{"code":"unknown_topic","message":"later","ready":false}"#)
    #expect(ServiceError(.object(error.json)) == error)
    #expect(ServiceError(["code": "unknown_topic"]).code == .unknownTopic)
  }

  @Test func pausesGrow() {
    var budget = FetchBudget()
    var pauses: [Int] = []
    while let pause = budget.pause(after: .failed) { pauses.append(pause) }
    #expect(pauses.count == FetchBudget.limit - 1)
    #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $1 == 2 * $0 })
    #expect(pauses.reduce(0, +) < 15_000_000_000)
  }
}
