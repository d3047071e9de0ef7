import Foundation
import Records
import Synchronization
import TestSupport
import Testing
import ZeroMQ

@testable import TopicStream

struct ServiceClientTests {
  /// Serves twenty messages on a thread of its own while `body` runs.
  private func withService(_ body: (Context, String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let context = try Context()
      let endpoint = "ipc://\(folder)/service-r1"
      let isOver = FlagBox()
      let isReady = DispatchSemaphore(value: 0)
      let isDone = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        defer { isDone.signal() }
        do {
          let station = try Station(folder, context: context)
          for number in 0..<20 { try station.publish(number..<(number + 1)) }
          isReady.signal()
          while !isOver.flag.load(ordering: .acquiring) { try station.publisher.wait(milliseconds: 1) }
        } catch { Issue.record(error) }
      }
      isReady.wait()
      defer {
        isOver.flag.store(true, ordering: .releasing)
        isDone.wait()
      }
      try body(context, endpoint)
    }
  }

  private final class FlagBox: Sendable {
    let flag = Atomic(false)
  }

  @Test func fetchesLinesAndCutsThemToACount() throws {
    try withService { context, endpoint in
      let client = try ServiceClient(context: context, service: endpoint)
      defer { client.close() }
      let fetched = try client.fetch(topic: "t", offset: 17, timeoutMilliseconds: 60_000)
      #expect(fetched.header.offset == 17)
      #expect(fetched.header.count == 3)
      try fetched.withLines(first: 2) { #expect(String(decoding: $0, as: UTF8.self) == "line 17\nline 18\n") }
      try fetched.withLines(first: 0) { #expect($0.isEmpty) }
      #expect(throws: WireError.self) { try fetched.withLines(first: 4) { _ in } }
    }
  }

  @Test func throwsWhatThePublisherAnswers() throws {
    try withService { context, endpoint in
      let client = try ServiceClient(context: context, service: endpoint)
      defer { client.close() }
      var error = #expect(throws: ServiceError.self) {
        _ = try client.fetch(topic: "t", offset: 21, timeoutMilliseconds: 60_000)
      }
      #expect(error?.code == .beyondEnd)
      error = #expect(throws: ServiceError.self) { try client.request("nonsense", timeoutMilliseconds: 60_000) }
      #expect(error?.code == .unknownVerb)
      #expect(try client.request("describe", timeoutMilliseconds: 60_000)["run"] == "r1")
    }
  }

  @Test func saysWhoDidNotAnswer() throws {
    let client = try ServiceClient(context: Context(), service: "inproc://nobody")
    defer { client.close() }
    let error = #expect(throws: ServiceError.self) { try client.request("describe", timeoutMilliseconds: 20) }
    #expect(error?.message == #"inproc://nobody did not answer "describe" within 20 ms"#)
  }
}
