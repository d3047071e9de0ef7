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
}
