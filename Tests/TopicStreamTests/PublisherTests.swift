import Records
import TestSupport
import Testing
import TopicLog
import ZeroMQ

@testable import TopicStream

struct PublisherTests {
  // MARK: Members

  @Test func runsAtMostAWindowAheadOfItsSlowestMember() throws {
    try withTemporaryFolder { folder in
      var options = Publisher.Options()
      options.members = ["m"]
      options.windowBatches = 4
      let station = try Station(folder, options: options)
      let member = try station.consumer("m", role: .member)
      defer { member.close() }
      var delivered = Delivered()
      var reasons: [String] = []
      var quietTurns = 0
      var acknowledged = 0
      var highest = 0
      station.publisher.onWait = { publisher in
        let reason = publisher.waitingFor ?? ""
        if reasons.last != reason { reasons.append(reason) }
        try delivered.take(from: member)
        highest = max(highest, delivered.lines.count - acknowledged)
        // look around for a while, with the window full, before anything is acknowledged
        guard delivered.lines.count == publisher.next(of: 0), delivered.lines.count > acknowledged else { return }
        quietTurns += 1
        guard quietTurns % 5 == 0 else { return }
        acknowledged += 1
        try member.acknowledge(0, next: acknowledged)
      }
      for number in 0..<12 { try station.publish(number..<(number + 1)) }
      #expect(highest == 4)
      #expect(reasons.first == "waiting for m to join")
      #expect(reasons.contains("waiting for m: 4 behind in t"))
      #expect(station.events == [.joined("m")])
      try station.output.end()
      try station.serve("the end") {
        try delivered.take(from: member)
        return delivered.hasEnded
      }
      #expect(delivered.lines == (0..<12).map { "line \($0)" })
      #expect(member.fetchedBatchCount <= 1)
      try member.acknowledge(0, next: 12)
      try station.serve("the acknowledgement") { station.publisher.members.slowest(in: "t")?.next == 12 }
      #expect(station.publisher.waitingFor == "waiting for m to finish")
      try member.acknowledge(0, next: 12, done: true)
      try station.publisher.finish(lingerMilliseconds: 0)
      #expect(station.publisher.waitingFor == nil)
    }
  }

  @Test func theWindowCountsBytesToo() throws {
    try withTemporaryFolder { folder in
      var options = Publisher.Options()
      options.members = ["m"]
      options.windowBytes = 100
      let station = try Station(folder, options: options)
      let member = try station.consumer("m", role: .member)
      defer { member.close() }
      var delivered = Delivered()
      var waits: Set<Int> = []
      station.publisher.onWait = { publisher in
        try delivered.take(from: member)
        if publisher.isComplete { waits.insert(publisher.next(of: 0)) }
        if delivered.lines.count == publisher.next(of: 0) { try member.acknowledge(0, next: delivered.lines.count) }
      }
      let text = String(repeating: "x", count: 60)
      for _ in 0..<6 { try station.publish([text]) }
      // two lines of 61 bytes are more than 100
      #expect(waits.isSubset(of: [0, 2, 4]))
      #expect(waits.contains(2))
    }
  }

  @Test func aSilentMemberIsAGuestUntilItReturns() throws {
    try withTemporaryFolder { folder in
      let clock = HandClock()
      var options = Publisher.Options()
      options.members = ["m"]
      options.windowBatches = 2
      options.clock = clock.clock
      let station = try Station(folder, options: options)
      let member = try station.consumer("m", role: .member)
      defer { member.close() }
      try station.serve("m to join") {
        _ = try member.receive(timeoutMilliseconds: 0)
        return station.publisher.isComplete
      }
      var turns = 0
      station.publisher.onWait = { _ in
        turns += 1
        clock.advance(seconds: 4)
      }
      for number in 0..<6 { try station.publish(number..<(number + 1)) }
      // twelve seconds without a word, noticed in the turn after
      #expect((3...4).contains(turns))
      #expect(station.events == [.joined("m"), .silent("m", seconds: 10)])
      try member.acknowledge(0, next: 1)
      try station.serve("its return") { station.events.last == .returned("m") }
      // it holds the publisher up again
      station.publisher.onWait = { _ in throw TimedOut(what: "m") }
      #expect(throws: TimedOut.self) { for _ in 0..<10 { try station.publish(["more"]) } }
    }
  }

  @Test func awaitsTheNamesOfGuestsToo() throws {
    try withTemporaryFolder { folder in
      var options = Publisher.Options()
      options.waitFor = ["viewer"]
      let station = try Station(folder, options: options)
      #expect(station.publisher.waitingFor == "waiting for viewer to join")
      let guest = try station.consumer("viewer")
      defer { guest.close() }
      try station.serve("its name") { station.publisher.isComplete }
      #expect(station.events == [.present("viewer")])
      // a guest is never waited for
      for number in 0..<400 { try station.publish(number..<(number + 1)) }
    }
  }

  @Test func aMemberThatLeftHoldsNothingUp() throws {
    try withTemporaryFolder { folder in
      var options = Publisher.Options()
      options.members = ["m"]
      options.windowBatches = 1
      let station = try Station(folder, options: options)
      let member = try station.consumer("m", role: .member)
      defer { member.close() }
      try station.serve("m to join") {
        _ = try member.receive(timeoutMilliseconds: 0)
        return station.publisher.isComplete
      }
      try member.leave()
      try station.serve("m to leave") { station.events.last == .left("m") }
      for number in 0..<5 { try station.publish(number..<(number + 1)) }
      try station.output.end()
      try station.publisher.finish(lingerMilliseconds: 0)
    }
  }

  // MARK: Heartbeats

  @Test func everySubscriptionIsFollowedByAHeartbeat() throws {
    try withTemporaryFolder { folder in
      let clock = HandClock()
      var options = Publisher.Options()
      options.clock = clock.clock
      let station = try Station(folder, options: options)
      try station.publish([#"{"event_time":"2025-01-06T10:00:00"}"#, "x"])
      for round in 0..<2 {
        let socket = try Socket(station.context, .sub)
        try socket.subscribe("t")
        try socket.connect(station.publisher.endpoints.data[0])
        var frames: [[UInt8]]?
        func next() throws -> DataHeader {
          try station.serve("a heartbeat") {
            frames = try socket.receiveMultipart(blocking: false)
            return frames != nil
          }
          #expect(frames!.count == 3)
          #expect(frames![0] == Array("t".utf8))
          #expect(frames![2].isEmpty)
          return try frames![1].withUnsafeBytes { try DataHeader(decoding: $0) }
        }
        let time = EventTime("2025-01-06T10:00:00")
        let expected = DataHeader(run: "r1", offset: 2, count: 0, watermark: time, clock: time, isEnd: round == 1)
        #expect(try next() == expected)
        // and every second without news has one
        for _ in 0..<20 {
          try station.publisher.wait(milliseconds: 1)
          #expect(try socket.receiveMultipart(blocking: false) == nil)
        }
        clock.advance(seconds: 1)
        #expect(try next() == expected)
        if round == 0 { try station.output.end() }
      }
    }
  }

  // MARK: Requests

  @Test func fetchGivesWhatWasPublishedByOffsetAndByTime() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      let socket = try station.dealer()
      let lines = (0..<6).map { #"{"event_id":\#($0),"event_time":"2025-01-0\#($0 + 1)T10:00:00"}"# }
      for line in lines { try station.publish([line]) }
      var answer = try station.ask(socket, ["fetch", #"{"topic":"t","offset":4,"id":"x"}"#])
      #expect(answer.count == 3)
      #expect(answer[0] == "ok")
      #expect(
        answer[1]
          == #"{"id":"x","topic":"t","run":"r1","epoch":0,"offset":4,"count":2,"watermark":"2025-01-06T10:00:00","clock":"2025-01-06T10:00:00"}"#
      )
      #expect(answer[2] == lines[4...].joined(separator: "\n") + "\n")
      answer = try station.ask(socket, ["fetch", #"{"topic":"t","time":"2025-01-03"}"#])
      #expect(answer[2] == lines[2...].joined(separator: "\n") + "\n")
      answer = try station.ask(socket, ["fetch", #"{"topic":"t","time":"2026-01-01"}"#])
      #expect(try JSONValue(parsing: answer[1])["offset"] == 6)
      #expect(answer[2] == "")
      // at least one message, however small the limit is
      answer = try station.ask(socket, ["fetch", #"{"topic":"t","offset":1,"max_bytes":1}"#])
      #expect(answer[2] == lines[1] + "\n")
      answer = try station.ask(socket, ["fetch", #"{"topic":"t","offset":6}"#])
      #expect(answer[0] == "ok")
      #expect(try JSONValue(parsing: answer[1])["count"] == 0)
      answer = try station.ask(socket, ["fetch", #"{"topic":"t","offset":7,"id":3}"#])
      #expect(answer[0] == "error")
      #expect(try JSONValue(parsing: answer[1])["code"] == "beyond_end")
      #expect(try JSONValue(parsing: answer[1])["id"] == 3)
      try station.output.end()
      answer = try station.ask(socket, ["fetch", #"{"topic":"t","offset":5}"#])
      #expect(try JSONValue(parsing: answer[1])["end"] == true)
      answer = try station.ask(socket, ["fetch", #"{"topic":"t","offset":0,"max_bytes":1}"#])
      #expect(try JSONValue(parsing: answer[1])["end"] == nil)
    }
  }

  @Test func anyPublishedOffsetCanBeFetchedAtOnce() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      let socket = try station.dealer()
      // the first question is not about the beginning: the publisher has not looked into its files before
      for number in 0..<50 { try station.publish(number..<(number + 1)) }
      let answer = try station.ask(socket, ["fetch", #"{"topic":"t","offset":30}"#])
      #expect(answer[0] == "ok", "\(answer)")
      #expect(answer.count == 3 && answer[2].hasPrefix("line 30\n"))
    }
  }

  @Test func nothingBeyondWhatWasPublishedIsVisible() throws {
    try withTemporaryFolder { folder in
      // the files have more than was published: they are from before
      var station: Station? = try Station(folder)
      let lines = (0..<9).map { #"{"event_id":\#($0),"event_time":"2025-01-0\#($0 + 1)T10:00:00"}"# }
      try station!.publish(lines)
      station = nil
      let resumed = try Station(folder, mode: .resume, endpoint: "tcp://127.0.0.1:*")
      try resumed.publish(Array(lines[..<4]))
      let socket = try resumed.dealer()
      let description = try JSONValue(parsing: resumed.ask(socket, ["describe"])[1])
      let topic = description["topics"]?.arrayValue?.first
      #expect(topic?["next"] == 4)
      #expect(topic?["first"] == 0)
      #expect(topic?["watermark"] == "2025-01-04T10:00:00")
      #expect(topic?["ended"] == false)
      var answer = try resumed.ask(socket, ["fetch", #"{"topic":"t","offset":2}"#])
      #expect(answer[2] == lines[2..<4].joined(separator: "\n") + "\n")
      #expect(!answer[1].contains("2025-01-05"))
      answer = try resumed.ask(socket, ["fetch", #"{"topic":"t","offset":5}"#])
      #expect(answer[0] == "error")
      answer = try resumed.ask(socket, ["fetch", #"{"topic":"t","time":"2025-01-08"}"#])
      #expect(try JSONValue(parsing: answer[1])["offset"] == 4)
      #expect(answer[2] == "")
    }
  }

  @Test func aREQClientIsAnsweredAsADEALERIs() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      try station.publish(0..<1)
      let req = try Socket(station.context, .req)
      try req.connect(station.publisher.endpoints.service[0])
      for _ in 0..<3 {
        let answer = try station.ask(req, ["fetch", #"{"topic":"t","offset":0}"#])
        #expect(answer[0] == "ok")
        #expect(answer[2] == "line 0\n")
      }
      #expect(try station.ask(req, ["nonsense"])[0] == "error")
      // a DEALER that sends the empty delimiter as a REQ does gets it back
      let dealer = try station.dealer()
      let answer = try station.ask(dealer, ["", "describe"])
      #expect(answer[0] == "")
      #expect(answer[1] == "ok")
    }
  }

  @Test func describeTellsTopicsAndMembers() throws {
    try withTemporaryFolder { folder in
      var options = Publisher.Options()
      options.members = ["b"]
      let station = try Station(folder, options: options)
      let socket = try station.dealer()
      #expect(try station.ask(socket, ["ack", #"{"member":"a","topic":"t","next":0}"#]) == ["ok", "{}"])
      let description = try JSONValue(parsing: station.ask(socket, ["describe", #"{"id":1}"#])[1])
      #expect(description["id"] == 1)
      #expect(description["name"] == "station")
      #expect(description["run"] == "r1")
      #expect(description["awaited"] == ["b"])
      #expect(description["data"] == .array([.string(station.publisher.endpoints.data[0])]))
      #expect(description["topics"]?.arrayValue?.first?["schema"] == ["type": "string"])
      #expect(
        description["members"]
          == [["member": "a", "silent": false, "topics": [["topic": "t", "next": 0, "lag": 0, "done": false]]]])
    }
  }

  @Test func junkGetsAnErrorAndChangesNothing() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      try station.publish(0..<3)
      let socket = try station.dealer()
      let before = try station.ask(socket, ["describe"])
      var random = SeededRandom(seed: 9)
      var junk = ServiceRequestTests.junk.filter { !$0.isEmpty }
      junk += [
        ["nonsense"], ["DESCRIBE"], ["fetch", #"{"topic":"u","offset":0}"#],
        ["ack", #"{"member":"m","topic":"u","next":0}"#],
        ["control", "{}"],
      ]
      for _ in 0..<200 {
        junk.append([
          random.pick(["fetch", "ack", "leave", "x"]),
          String(decoding: (0..<20).map { _ in UInt8.random(in: 33...126, using: &random) }, as: UTF8.self),
        ])
      }
      for frames in junk {
        let answer = try station.ask(socket, frames)
        #expect(answer.count == 2)
        #expect(answer[0] == "error", "\(frames)")
        let error = try JSONValue(parsing: answer[1])
        #expect(error["code"]?.stringValue?.isEmpty == false)
        #expect(error["message"]?.stringValue?.isEmpty == false)
      }
      #expect(station.publisher.refusedRequestCount == junk.count)
      #expect(try station.ask(socket, ["describe"]) == before)
      #expect(station.events.isEmpty)
      // junk on the data socket, which only takes subscriptions
      let xsub = try Socket(station.context, .xsub)
      try xsub.connect(station.publisher.endpoints.data[0])
      try xsub.send([7, 7, 7])
      try station.serve("the junk") { station.publisher.refusedRequestCount == junk.count + 1 }
      try station.publish(3..<4)
    }
  }

  @Test func takesNoMoreMembersThanItsLimit() throws {
    try withTemporaryFolder { folder in
      var options = Publisher.Options()
      options.memberLimit = 2
      let station = try Station(folder, options: options)
      let socket = try station.dealer()
      func ack(_ name: String) throws -> String {
        try station.ask(socket, ["ack", #"{"member":"\#(name)","topic":"t","next":0}"#]).joined()
      }
      #expect(try ack("a").hasPrefix("ok"))
      #expect(try ack("b").hasPrefix("ok"))
      #expect(try ack("c").contains("too_many_members"))
      #expect(try ack("b").hasPrefix("ok"))
    }
  }

  @Test func answersVerbsOfItsOwn() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      station.publisher.onRequest = { (verb, arguments) throws(ServiceError) in
        guard verb == "query" else { return nil }
        guard arguments["day"] != nil else { throw ServiceError(.badRequest, "no day") }
        return ["answer": 42]
      }
      let socket = try station.dealer()
      #expect(try station.ask(socket, ["query", #"{"day":1,"id":5}"#]) == ["ok", #"{"id":5,"answer":42}"#])
      #expect(try station.ask(socket, ["query"])[1].contains("no day"))
      #expect(try station.ask(socket, ["other"])[1].contains("unknown_verb"))
    }
  }

  // MARK: Who speaks for whom

  @Test func nobodyIsFurtherThanWhatWasPublishedNorDoneBeforeTheEnd() throws {
    try withTemporaryFolder { folder in
      var options = Publisher.Options()
      options.waitFor = ["g"]
      options.windowBatches = 2
      let station = try Station(folder, options: options)
      let socket = try station.dealer()
      func ack(_ member: String, _ more: String) throws -> String {
        try station.ask(socket, ["ack", #"{"member":"\#(member)","topic":"t",\#(more)}"#]).joined()
      }
      for member in ["g", "stranger"] {
        #expect(try ack(member, #""next":1"#).contains("beyond_end"))
        #expect(try ack(member, #""next":9007199254740992,"done":true"#).contains("beyond_end"))
        #expect(try ack(member, #""next":0,"done":true"#).contains("has not ended"))
        #expect(try ack(member, #""next":0"#) == "ok{}")
      }
      try station.publish(0..<1)
      try station.publish(1..<2)
      #expect(station.publisher.waitingFor == "waiting for g: 2 behind in t")
      #expect(try ack("g", #""next":3"#).contains("published up to offset 2; 3 does not exist yet"))
      #expect(try ack("g", #""next":2"#) == "ok{}")
      // the stranger is shown, and holds nothing up
      #expect(station.publisher.waitingFor == nil)
      #expect(station.publisher.memberLags.contains { $0 == ("stranger", 2) })
      try station.output.end()
      #expect(try ack("g", #""next":1,"done":true"#).contains("ends at offset 2"))
      #expect(station.publisher.members.unfinished == ["g"])
      #expect(try ack("g", #""next":2,"done":true"#) == "ok{}")
      #expect(station.publisher.isDone)
    }
  }

  @Test func aMemberIsKnownByItsGenerationUntilItHasGone() throws {
    try withTemporaryFolder { folder in
      var options = Publisher.Options()
      options.members = ["m"]
      let station = try Station(folder, options: options)
      let stranger = try station.dealer()
      func ask(_ socket: Socket, _ verb: String, _ more: String) throws -> String {
        try station.ask(socket, [verb, #"{"member":"m",\#(more)}"#]).joined()
      }
      // nobody is there yet: whoever speaks first is heard, and gives way to the member itself
      #expect(try ask(stranger, "ack", #""topic":"t","next":0"#) == "ok{}")
      let first = try station.dealer()
      #expect(try ask(first, "ack", #""topic":"t","next":0,"generation":"one","reads":["t"]"#) == "ok{}")
      for more in ["", #","generation":"two""#] {
        #expect(try ask(stranger, "ack", #""topic":"t","next":0\#(more)"#).contains("not_allowed"))
        #expect(try ask(stranger, "leave", #""id":1\#(more)"#).contains("not_allowed"))
      }
      #expect(station.publisher.isComplete)
      // started again, it takes over as soon as its connection of before has gone
      let second = try station.dealer()
      #expect(try ask(second, "ack", #""topic":"t","next":0,"generation":"two""#).contains("not_allowed"))
      first.close()
      try station.serve("the first life to be gone") {
        try ask(second, "ack", #""topic":"t","next":0,"generation":"two""#) == "ok{}"
      }
      #expect(try ask(stranger, "leave", #""generation":"one""#).contains("not_allowed"))
      #expect(try ask(second, "leave", #""generation":"two""#) == "ok{}")
    }
  }

  @Test func membersWhoseGenerationWasGivenAreTheOnlyOnesFromTheStart() throws {
    try withTemporaryFolder { folder in
      var options = Publisher.Options()
      options.members = ["m"]
      options.memberGeneration = "given"
      let station = try Station(folder, options: options)
      let stranger = try station.dealer()
      for more in ["", #","generation":"other""#] {
        let answer = try station.ask(stranger, ["ack", #"{"member":"m","topic":"t","next":0\#(more)}"#])
        #expect(answer[0] == "error")
      }
      #expect(!station.publisher.isComplete)
      let member = try station.consumer("m", role: .member) { $0.generation = "given" }
      defer { member.close() }
      try station.serve("m to join") {
        _ = try member.receive(timeoutMilliseconds: 0)
        return station.publisher.isComplete
      }
      #expect(try station.ask(stranger, ["leave", #"{"member":"m"}"#])[0] == "error")
      // guests go by their names, as ever
      #expect(try station.ask(stranger, ["ack", #"{"member":"guest","topic":"t","next":0}"#]) == ["ok", "{}"])
    }
  }

  @Test func aMemberDoesNotSpeakOfTopicsThatItDoesNotRead() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      _ = try station.publisher.declare("u", run: "r1", log: station.logOnly(["x"]))
      let socket = try station.dealer()
      #expect(
        try station.ask(socket, ["ack", #"{"member":"m","topic":"t","next":0,"reads":["t"]}"#]) == ["ok", "{}"])
      let answer = try station.ask(socket, ["ack", #"{"member":"m","topic":"u","next":0}"#]).joined()
      #expect(answer.contains("m does not read u"))
    }
  }

  // MARK: Extremes

  @Test func noNumbersWhateverInRequestsMakeItCrash() throws {
    try withTemporaryFolder { folder in
      var options = Publisher.Options()
      options.waitFor = ["a"]
      let station = try Station(folder, options: options)
      let socket = try station.dealer()
      var random = SeededRandom(seed: 14)
      let numbers = [
        "0", "-1", "1", "2", "3", "9223372036854775807", "-9223372036854775808", "9223372036854775806",
        "9223372036854775808",
        "9007199254740992", "9007199254740993", "4611686018427387904", "1e300", "-0", "0.5", "1e3", "null", "true",
        #""1""#,
        "18446744073709551615", "999999999999999999999999999999", "1760000000000000", "-1760000000000000", "[]", "{}",
      ]
      let times = [#""0001-01-01""#, #""9999-12-31T23:59:59""#, #""0001-01-01T00:00:00+23:59""#, #""2025-01-03""#, "7"]
      let words = ["true", "false", "1", "null"]
      func object(_ members: [(String, [String])]) -> String {
        let chosen = members.filter { _ in UInt8.random(in: 0..<4, using: &random) > 0 }
        return "{" + chosen.map { #""\#($0)":\#(random.pick($1))"# }.joined(separator: ",") + "}"
      }
      #expect(try station.ask(socket, ["ack", #"{"member":"a","topic":"t","next":0}"#]) == ["ok", "{}"])
      for turn in 0..<6000 {
        if turn < 4000, turn % 500 == 0 { try station.publish(["{\"event_time\":\"2025-01-03T00:00:00\"}"]) }
        if turn == 4000 { try station.output.end() }
        if turn > 4000, turn % 500 == 1 {
          try station.publisher.jump(0, to: turn % 1000 / 500, watermark: nil, clock: nil)
        }
        let names = (#"member"#, [#""a""#, #""b""#, #""c""#])
        let topic = ("topic", [#""t""#, #""t""#, #""u""#])
        let request =
          switch UInt8.random(in: 0..<4, using: &random) {
          case 0:
            [
              "fetch",
              object([
                topic, ("offset", numbers), ("max_bytes", numbers), ("before", numbers), ("time", times),
                ("id", numbers),
              ]),
            ]
          case 1: ["leave", object([names, ("generation", [#""g""#, #""h""#])])]
          case 2: ["describe", object([("id", numbers)])]
          default:
            [
              "ack",
              object([
                names, topic, ("next", numbers), ("at", numbers), ("done", words), ("generation", [#""g""#, #""h""#]),
                ("reads", [#"["t"]"#, #"["t","u"]"#, "[]"]),
              ]),
            ]
          }
        let answer = try station.ask(socket, request)
        #expect(["ok", "error"].contains(answer[0]))
      }
      _ = station.publisher.memberLags
      _ = station.publisher.waitingFor
    }
  }
}
