import Records
import TestSupport
import Testing
import TopicLog
import ZeroMQ

@testable import TopicStream

/// Publishers whose replay goes somewhere else.
struct PublisherJumpTests {
  @Test func aJumpForwardWaitsUntilMembersHaveFetchedWhatLiesBetween() throws {
    try withTemporaryFolder { folder in
      var options = Publisher.Options()
      options.members = ["m"]
      let station = try Station(folder, options: options)
      let lines = (0..<20).map { "line \($0)" }
      let log = try station.logOnly(lines)
      let topic = try station.publisher.declare("u", run: "r1", log: log)
      let member = try station.consumer("m", role: .member, topics: [StepInput("u")])
      let guest = try station.consumer(topics: [StepInput("u")])
      defer { for consumer in [member, guest] { consumer.close() } }
      var (taken, shown) = (Delivered(), [Int]())
      func take() throws {
        try taken.take(from: member)
        while let batch = try guest.receive(timeoutMilliseconds: 0) {
          shown += Array(batch.offset..<batch.next).map { batch.epoch * 100 + $0 }
        }
      }
      try station.serve("both") {
        try take()
        return station.publisher.isComplete && station.publisher.hasGuests
      }
      func publish(_ offsets: Range<Int>, again: Bool = false) throws {
        let slice = try log.slice(from: offsets.lowerBound, maxBytes: .max, maxCount: offsets.count)!
        let send = again ? station.publisher.publishAgain : station.publisher.publish
        try send(topic, slice.bytes, slice.owner, slice.count, nil, nil)
      }
      try publish(0..<3)
      try station.publisher.jump(topic, to: 12, watermark: nil, clock: EventTime("2025-02-01"))
      #expect(station.publisher.next(of: topic) == 12)
      #expect(!station.publisher.hasRoom(in: topic))
      try station.serve("what lies between") {
        try take()
        return taken.lines.count == 12
      }
      #expect(!station.publisher.hasRoom(in: topic))
      try member.acknowledge(0, next: 12)
      try station.serve("the member's word") { station.publisher.hasRoom(in: topic) }
      try publish(12..<14)
      // back: nobody waits, and members are shown nothing new
      try station.publisher.jump(topic, to: 1, watermark: nil, clock: EventTime("2025-01-02"))
      #expect(station.publisher.position(of: topic) == 1)
      #expect(station.publisher.next(of: topic) == 14)
      try publish(1..<5, again: true)
      try station.serve("what is shown again") {
        try take()
        return shown.last == 204
      }
      #expect(taken.lines == Array(lines[..<14]))
      #expect(shown == [0, 1, 2, 112, 113, 201, 202, 203, 204])
      // a latecomer that follows is not told of what is to come again
      let late = try station.consumer(topics: [StepInput("u")])
      defer { late.close() }
      var lateOffsets: [Int] = []
      try station.serve("a latecomer") {
        while let batch = try late.receive(timeoutMilliseconds: 0) { lateOffsets += Array(batch.offset..<batch.next) }
        return lateOffsets.count >= 5
      }
      #expect(lateOffsets == [0, 1, 2, 3, 4])
    }
  }

  @Test func aMemberThatComesAfterAJumpBackTakesAllThatWasPublished() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      let lines = (0..<20).map { "line \($0)" }
      let topic = try station.publisher.declare("u", run: "r1", log: station.logOnly(lines))
      try station.publisher.jump(topic, to: 20, watermark: nil, clock: nil)
      try station.publisher.end(topic)
      try station.publisher.jump(topic, to: 5, watermark: nil, clock: nil)
      let member = try station.consumer("m", role: .member, topics: [StepInput("u")])
      defer { member.close() }
      var taken = Delivered()
      try station.serve("all of it") {
        try taken.take(from: member)
        return taken.hasEnded
      }
      #expect(taken.lines == lines)
    }
  }
}
