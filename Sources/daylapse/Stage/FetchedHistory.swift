import Aggregator
import Records
import TopicStream
import ZeroMQ

/// Past messages of a topic, fetched from its publisher.
final class FetchedHistory: EventHistory {
  private let context: Context
  private let service: String
  private let topic: String

  init(context: Context, service: String, topic: String) {
    self.context = context
    self.service = service
    self.topic = topic
  }

  func forEachBatch(in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let client = try ServiceClient(context: context, service: service)
    defer { client.close() }
    var next = offsets.lowerBound
    while next < offsets.upperBound {
      try StopSignal.check()
      let answer = try client.fetch(topic: topic, offset: next, timeoutMilliseconds: 5000)
      let wanted = min(answer.header.count, offsets.upperBound - next)
      try answer.withLines(first: wanted, body)
      next += wanted
      if wanted == 0 { throw CommandError("\(topic): offset \(next) is not there to be fetched from \(service)") }
    }
  }
}
