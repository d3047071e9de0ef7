import TestSupport
import Testing
import ZeroMQ

@testable import TopicStream

struct PublisherProbeTests {
  @Test func learnsWhatAPublisherHasWithoutWaiting() throws {
    try withTemporaryFolder { folder in
      let context = try Context()
      let clock = HandClock()
      let probe = try PublisherProbe(context: context, service: "ipc://\(folder)/service-r1", clock: clock.clock)
      defer { probe.close() }
      #expect(try probe.description() == nil)
      let station = try Station(folder, context: context)
      try station.publish(0..<3)
      // the first question may have been answered before anything was published
      try station.serve("an answer") {
        clock.advance(seconds: 0.3)
        return try probe.description()?.topic("t")?.next == 3
      }
      // an answer of long ago does not count, and the question is asked anew
      clock.advance(seconds: 1.1)
      #expect(try probe.description() == nil)
      try station.publish(3..<4)
      try station.serve("a new answer") {
        clock.advance(seconds: 0.3)
        return try probe.description()?.topic("t")?.next == 4
      }
    }
  }
}
