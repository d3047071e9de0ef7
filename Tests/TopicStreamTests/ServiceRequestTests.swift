import Records
import TestSupport
import Testing

@testable import TopicStream

struct ServiceRequestTests {
  private func request(_ frames: String...) throws -> ServiceRequest {
    try ServiceRequest(frames: frames.map { Array($0.utf8) })
  }

  @Test func readsEveryVerb() throws {
    #expect(try request("describe") == .describe)
    #expect(try request("describe", "") == .describe)
    #expect(
      try request("fetch", #"{"topic":"t","offset":7}"#) == .fetch(topic: "t", from: .offset(7), maxBytes: 1 << 20))
    #expect(
      try request("fetch", #"{"topic":"t","time":"2025-01-06","max_bytes":1}"#)
        == .fetch(topic: "t", from: .time(EventTime("2025-01-06")!), maxBytes: 1))
    #expect(
      try request("fetch", #"{"topic":"t","offset":0,"max_bytes":99999999999}"#)
        == .fetch(topic: "t", from: .offset(0), maxBytes: ServiceRequest.maxFetchBytes))
    #expect(
      try request("ack", #"{"member":"m","topic":"t","next":3,"done":true}"#)
        == .ack(.init(member: "m", topic: "t", next: 3, done: true)))
    #expect(try request("ack", #"{"member":"m","topic":"t"}"#) == .ack(.init(member: "m", topic: "t")))
    #expect(
      try request("ack", #"{"member":"m","topic":"t","next":3,"at":5,"generation":"g","reads":["t","u"]}"#)
        == .ack(.init(member: "m", topic: "t", next: 3, at: 5, generation: "g", reads: ["t", "u"])))
    #expect(try request("leave", #"{"member":"m"}"#) == .leave(member: "m"))
    #expect(try request("control", #"{"a":1}"#) == .other(verb: "control", ["a": 1]))
  }

  static let junk: [[String]] = [
    [], ["a", "b", "c"], ["describe", "[]"], ["describe", "nonsense"], ["describe", #"{"a":"#],
    [String(repeating: "x", count: 65)], ["fetch"], ["fetch", "{}"], ["fetch", #"{"topic":"","offset":0}"#],
    ["fetch", #"{"topic":"t"}"#], ["fetch", #"{"topic":"t","offset":-1}"#], ["fetch", #"{"topic":"t","offset":"1"}"#],
    ["fetch", #"{"topic":"t","offset":1.5}"#], ["fetch", #"{"topic":"t","time":"soon"}"#],
    ["fetch", #"{"topic":"t","offset":0,"max_bytes":0}"#], ["fetch", #"{"topic":"t","offset":0,"max_bytes":"x"}"#],
    ["ack", "{}"], ["ack", #"{"member":"m"}"#], ["ack", #"{"topic":"t","next":1}"#],
    ["ack", #"{"member":"m","topic":"t","next":-1}"#], ["ack", #"{"member":"m","topic":"t","next":"1"}"#],
    ["ack", #"{"member":"\#(String(repeating: "m", count: 129))","topic":"t","next":1}"#], ["leave"],
    ["leave", #"{"member":7}"#], ["leave", #"{"member":"m","generation":""}"#],
    // numbers are checked before anything is computed with them
    ["ack", #"{"member":"m","topic":"t","next":0,"at":-9223372036854775808}"#],
    ["ack", #"{"member":"m","topic":"t","next":0,"at":9223372036854775807}"#],
    ["ack", #"{"member":"m","topic":"t","next":9223372036854775807}"#],
    ["ack", #"{"member":"m","topic":"t","next":99999999999999999999999}"#],
    ["ack", #"{"member":"m","topic":"t","next":1e3}"#], ["ack", #"{"member":"m","topic":"t","next":0,"at":null}"#],
    ["ack", #"{"member":"m","topic":"t","next":0,"done":1}"#],
    ["ack", #"{"member":"m","topic":"t","next":0,"generation":7}"#],
    ["ack", #"{"member":"m","topic":"t","next":0,"reads":[]}"#],
    ["ack", #"{"member":"m","topic":"t","next":0,"reads":["u"]}"#],
    ["ack", #"{"member":"m","topic":"t","next":0,"reads":["t",1]}"#],
    ["fetch", #"{"topic":"t","offset":99999999999999999999999}"#],
    ["fetch", #"{"topic":"t","offset":0,"before":-9223372036854775808}"#],
    ["fetch", #"{"topic":"t","offset":0,"max_bytes":-9223372036854775808}"#],
    ["fetch", #"{"topic":"t","time":"10000-01-01"}"#], ["fetch", #"{"topic":"t","time":"-001-01-01"}"#],
  ]

  @Test(arguments: junk)
  func refusesJunkAsABadRequest(frames: [String]) {
    let error = #expect(throws: ServiceError.self) { try ServiceRequest(frames: frames.map { Array($0.utf8) }) }
    #expect(error?.code == .badRequest)
  }

  @Test func noBytesWhateverMakeItCrash() {
    var random = SeededRandom(seed: 3)
    for _ in 0..<3000 {
      let frames = (0..<Int.random(in: 0...3, using: &random)).map { _ in
        (0..<Int.random(in: 0...30, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      }
      _ = try? ServiceRequest(frames: frames)
    }
  }
}
