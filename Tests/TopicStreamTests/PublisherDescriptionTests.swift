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
      let error = #expect(throws: ServiceError.self) {
        try asking(station) { try $0.offset(of: "u", at: EventTime("2025-01-01")!, timeoutMilliseconds: 60_000) }
      }
      #expect(error?.code == .unknownTopic)
    }
  }
}
