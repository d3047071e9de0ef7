import Foundation
import Records
import Synchronization
import TestSupport
import Testing
import ZeroMQ

@testable import TopicStream

struct PublisherDescriptionTests {
  /// Lets a client ask, on a thread of its own, while the station answers.
  private func asking<Answer: Sendable>(
    _ station: Station, _ question: @escaping @Sendable (ServiceClient) throws -> Answer
  ) throws -> Answer {
    let (context, service) = (station.context, station.publisher.endpoints.service[0])
    let answer = Mutex<Result<Answer, any Error>?>(nil)
    Thread.detachNewThread {
      let result = Result {
        let client = try ServiceClient(context: context, service: service)
        defer { client.close() }
        return try question(client)
      }
      answer.withLock { $0 = result }
    }
    try station.serve("an answer") { answer.withLock { $0 != nil } }
    return try answer.withLock { try $0!.get() }
  }

  @Test func saysWhatAPublisherHas() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      try station.publish([#"{"event_id":1,"event_time":"2025-01-01T08:00:00"}"#])
      let description = try asking(station) { try $0.describe(timeoutMilliseconds: 60_000) }
      #expect(description.name == "station")
      #expect(description.topics.map(\.name) == ["t"])
      let topic = description.topic("t")
      #expect(topic?.run == "r1" && topic?.epoch == 0 && topic?.first == 0 && topic?.next == 1)
      #expect(topic?.hasEnded == false)
      #expect(topic?.watermark == EventTime("2025-01-01T08:00:00"))
      #expect(topic?.schema == ["type": "string"])
      #expect(description.topic("u") == nil)
      try station.output.end()
      #expect(try asking(station) { try $0.describe(timeoutMilliseconds: 60_000) }.topic("t")?.hasEnded == true)
    }
  }

  @Test func findsWhereEventTimeHasComeSoFar() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      try station.publish(
        (0..<20).map { #"{"event_id":1,"event_time":"2025-01-01T\#($0 + 2 < 10 ? "0" : "")\#($0 + 2):00:00"}"# })
      for (time, offset) in [("2025-01-01", 0), ("2025-01-01T09:30", 8), ("2025-01-01T10:00", 8), ("2025-02-01", 20)] {
        let found = try asking(station) {
          try $0.offset(of: "t", at: EventTime(time)!, timeoutMilliseconds: 60_000)
        }
        #expect(found == offset, "\(time)")
      }
      for (time, isAhead) in [("2025-01-01T21:00", false), ("2025-01-01T21:30", true), ("2025-02-01", true)] {
        let place = try asking(station) { try $0.header(of: "t", at: EventTime(time)!, timeoutMilliseconds: 60_000) }
        #expect(place.isAhead == isAhead && place.offset == (isAhead ? 20 : 19), "\(time)")
      }
      try station.output.end()
      let end = try asking(station) {
        try $0.header(of: "t", at: EventTime("2025-02-01")!, timeoutMilliseconds: 60_000)
      }
      #expect(end.offset == 20 && !end.isAhead && end.isEnd, "what has ended does not come any more")
      let error = #expect(throws: ServiceError.self) {
        try asking(station) { try $0.offset(of: "u", at: EventTime("2025-01-01")!, timeoutMilliseconds: 60_000) }
      }
      #expect(error?.code == .unknownTopic)
    }
  }

  @Test func theFutureIsNotShownToWhoAsksForATime() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      try station.publish([#"{"event_id":1,"event_time":"2025-01-01T08:00:00"}"#])
      // in the files, and not published
      let log = try station.logOnly(
        (1..<5).map { "{\"event_time\":\"2025-01-0\($0)\"}" }, timeOf: { EventTimeField.eventTime.read($0) })
      try station.publisher.declare("u", run: "r", log: log, next: 2)
      for (time, offset, isAhead) in [("2025-01-02", 1, false), ("2025-01-03", 2, true), ("2025-01-04", 2, true)] {
        let place = try asking(station) { try $0.header(of: "u", at: EventTime(time)!, timeoutMilliseconds: 60_000) }
        #expect(place.offset == offset && place.isAhead == isAhead, "\(time)")
      }
    }
  }

  @Test func aTopicWithoutTimesIsNotFetchedByTime() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      try station.publish(["line 1"])
      let error = #expect(throws: ServiceError.self) {
        try asking(station) { try $0.offset(of: "t", at: EventTime("2025-01-01")!, timeoutMilliseconds: 60_000) }
      }
      #expect(error?.code == .badRequest)
    }
  }

  @Test func saysWhereTopicsOfOnesOwnHaveTheirTimes() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder)
      let field = TimeField("a.t", unit: .microseconds)
      try station.publisher.declare("u", run: "r", log: try station.logOnly(["1"]), timeField: field)
      let description = try asking(station) { try $0.describe(timeoutMilliseconds: 60_000) }
      #expect(description.topic("u")?.timeField == field)
      #expect(description.topic("t")?.timeField == nil)
    }
  }
}
