import Records
import TestSupport
import Testing
import TopicLog
import ZeroMQ

@testable import TopicStream

/// How long publishers stay.
struct PublisherEndTests {
  @Test func lingersForAGuestWhenTheMembersThatWereDoneHaveGone() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      let members = try ["m", "n"].map { try station.consumer($0, role: .member) }
      let guest = try station.consumer()
      try station.output.end()
      for member in members {
        try station.serve("a member to join") {
          _ = try member.receive(timeoutMilliseconds: 0)
          return member.hasEnded
        }
        try member.acknowledge(0, next: 0, done: true)
      }
      try station.serve("both to be done") { station.publisher.members.members.values.count { $0.isDone } == 2 }
      for member in members { member.close() }
      try station.serve("them to be gone") { station.publisher.subscriptionCount == ["t": 1] }
      var turns = 0
      station.publisher.onWait = { _ in
        turns += 1
        if turns == 3 { guest.close() }
      }
      try station.publisher.finish(lingerMilliseconds: 60_000)
      #expect(turns >= 3)
    }
  }

  @Test func lingersForAGuestThatCatchesUpAndNotForOneThatAsksTheSameAgain() throws {
    try withTemporaryFolder { folder in
      let clock = HandClock()
      var options = Publisher.Options()
      options.clock = clock.clock
      let station = try Station(folder, options: options)
      for number in 0..<5 { try station.publish(number..<(number + 1)) }
      try station.output.end()
      let subscriber = try Socket(station.context, .sub)
      try subscriber.subscribe("t")
      try subscriber.connect(station.publisher.endpoints.data[0])
      try station.serve("a guest") { station.publisher.hasGuests }
      let socket = try station.dealer()

      /// Fetches one message after the other, in a simulated 0.6 s each.
      func secondsSpent(fetching offsets: [Int]) throws -> Double {
        let start = clock.clock.now()
        var left = offsets[...]
        station.publisher.onWait = { publisher in
          if let offset = left.popFirst() {
            let answer = try station.ask(socket, ["fetch", #"{"topic":"t","offset":\#(offset),"max_bytes":1}"#])
            #expect(answer[0] == "ok")
          }
          clock.advance(seconds: 0.6)
        }
        try station.publisher.finish(lingerMilliseconds: 1000)
        return Double(clock.clock.now() - start) / 1e9
      }

      #expect(try abs(secondsSpent(fetching: [0, 0, 0, 0, 0]) - 1.2) < 0.01)
      #expect(try abs(secondsSpent(fetching: [0, 1, 2, 3, 4]) - 3.6) < 0.01)
    }
  }

  /// A publisher that has published five messages and ended, with a guest that was asked for and is subscribed.
  private func withGuest(
    _ body: (Station, HandClock, Socket, _ subscriber: Socket) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      let clock = HandClock()
      var options = Publisher.Options()
      options.clock = clock.clock
      options.served = ["g"]
      let station = try Station(folder, options: options)
      for number in 0..<5 { try station.publish(number..<(number + 1)) }
      let subscriber = try Socket(station.context, .sub)
      try subscriber.subscribe("t")
      try subscriber.connect(station.publisher.endpoints.data[0])
      try station.serve("a guest") { station.publisher.hasGuests }
      let socket = try station.dealer()
      try station.output.end()
      try body(station, clock, socket, subscriber)
    }
  }

  @Test func staysForAGuestThatWasAskedForUntilItHasEverything() throws {
    try withGuest { station, clock, socket, _ in
      func ack(_ next: Int, _ more: String = "") throws {
        let answer = try station.ask(socket, ["ack", #"{"member":"g","topic":"t","next":\#(next)\#(more)}"#])
        #expect(answer[0] == "ok")
      }
      try ack(1)
      #expect(station.publisher.waitingFor == "waiting for g to finish")
      var left = Array(2...5)[...]
      station.publisher.onWait = { _ in
        // longer than it would be waited for if it said nothing
        clock.advance(seconds: 9)
        if let next = left.popFirst() { try ack(next) }
      }
      try station.publisher.finish(lingerMilliseconds: 0)
      #expect(left.isEmpty)
      #expect(!station.events.contains { "\($0)".contains("behind") })
    }
  }

  @Test func saysThatAGuestWhichGivesNoSignIsLeftBehind() throws {
    try withGuest { station, clock, socket, _ in
      #expect(try station.ask(socket, ["ack", #"{"member":"g","topic":"t","next":1}"#])[0] == "ok")
      let start = clock.clock.now()
      station.publisher.onWait = { _ in clock.advance(seconds: 1) }
      try station.publisher.finish(lingerMilliseconds: 0)
      #expect(station.events.last == .leftBehind("g", words: "is 4 behind in t"))
      #expect((60...75).contains(Double(clock.clock.now() - start) / 1e9))
    }
  }

  @Test func doesNotWaitForAGuestThatHasLeft() throws {
    try withGuest { station, clock, socket, subscriber in
      #expect(try station.ask(socket, ["ack", #"{"member":"g","topic":"t","next":1}"#])[0] == "ok")
      subscriber.close()
      socket.close()
      try station.publisher.finish(lingerMilliseconds: 60_000)
      #expect(!station.events.contains { "\($0)".contains("behind") })
    }
  }

  @Test func aGuestThatFetchesIsWaitedForWhetherItAcknowledgesOrNot() throws {
    try withGuest { station, clock, socket, _ in
      #expect(try station.ask(socket, ["ack", #"{"member":"g","topic":"t"}"#])[0] == "ok")
      var left = (0..<5)[...]
      func fetch(_ offset: Int) throws {
        let answer = try station.ask(socket, ["fetch", #"{"topic":"t","offset":\#(offset),"max_bytes":1}"#])
        #expect(answer[0] == "ok")
      }
      try fetch(left.popFirst()!)
      station.publisher.onWait = { _ in
        clock.advance(seconds: 40)
        if let offset = left.popFirst() { try fetch(offset) }
      }
      try station.publisher.finish(lingerMilliseconds: 0)
      #expect(left.isEmpty)
    }
  }

  @Test func knowsWhenASubscriberWasTooSlow() throws {
    try withTemporaryFolder { folder in
      let clock = HandClock()
      var options = Publisher.Options()
      options.clock = clock.clock
      let station = try Station(folder, options: options)
      let subscriber = try Socket(station.context, .sub)
      try subscriber.set(.receiveHighWaterMark, to: 1)
      try subscriber.subscribe("t")
      try subscriber.connect(station.publisher.endpoints.data[0])
      try station.serve("a guest") { station.publisher.hasGuests }
      #expect(!station.publisher.hasDropped)
      let line = String(repeating: "x", count: 10_000)
      for _ in 0..<2000 where !station.publisher.hasDropped { try station.publish([line]) }
      #expect(station.publisher.hasDropped)
      try station.output.end()
      func secondsSpent(waitsForMissing: Bool) throws -> Double {
        let start = clock.clock.now()
        station.publisher.onWait = { _ in clock.advance(seconds: 0.5) }
        try station.publisher.finish(lingerMilliseconds: 1000, waitsForMissing: waitsForMissing)
        return Double(clock.clock.now() - start) / 1e9
      }
      #expect(try secondsSpent(waitsForMissing: false) < 2)
      #expect(try (10...12).contains(secondsSpent(waitsForMissing: true)))
    }
  }

  // MARK: The end of a pass

  @Test func theEndOfAPassIsTheEndForMembersAlone() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      let guest = try station.consumer()
      let member = try station.consumer("m", role: .member)
      defer { for each in [guest, member] { each.close() } }
      try station.publish(0..<3)
      try station.publisher.end(0, goesRound: true)
      var (seen, delivered) = (0, Delivered())
      try station.serve("both to have everything") {
        try delivered.take(from: member)
        while let batch = try guest.receive(timeoutMilliseconds: 0) {
          #expect(!batch.isEnd)
          seen += batch.count
        }
        return delivered.hasEnded && seen == 3
      }
      #expect(!guest.hasEnded)
      let socket = try station.dealer()
      let topics = try JSONValue(parsing: station.ask(socket, ["describe"])[1])["topics"]
      #expect(topics?.arrayValue?.first?["ended"] == false)
      let answer = try JSONValue(parsing: station.ask(socket, ["fetch", #"{"topic":"t","offset":2}"#])[1])
      #expect(answer["end"] == nil)
      #expect(answer["complete"] == true)
      // the second pass reaches the guest, and its end is none either
      try station.publisher.jump(0, to: 0, watermark: nil, clock: nil)
      try Array("line 0\nline 1\nline 2\n".utf8).withUnsafeBytes {
        try station.publisher.publishAgain(0, lines: $0, count: 3, watermark: nil)
      }
      try station.serve("the second pass") {
        while let batch = try guest.receive(timeoutMilliseconds: 0) {
          #expect(!batch.isEnd)
          seen += batch.count
        }
        return seen == 6
      }
    }
  }
}
