import Records
import Replay

@testable import TopicStream

extension FuzzTarget {
  static let header = FuzzTarget(
    "header",
    seeds: [
      #"{"run":"f7f8b63af75562c3","epoch":0,"offset":4589,"count":2,"watermark":"2025-01-02T00:03:00","#
        + #""clock":"2025-01-02T00:03:00"}"#,
      #"{"run":"r","epoch":1,"offset":0,"count":0,"end":true}"#,
      #"{"run":"r","epoch":3,"offset":70,"count":9,"first":40,"published":4589,"complete":true}"#,
      #"{"id":7,"topic":"events.clean","run":"r","epoch":0,"offset":9223372036854775806,"count":1}"#,
    ],
    words: [
      "\"run\":", "\"epoch\":", "\"offset\":", "\"count\":", "\"watermark\":", "\"clock\":", "\"end\":true",
      "\"first\":",
      "\"published\":", "\"complete\":true",
    ],
    rounds: 1500
  ) { input in
    guard let header = try? DataHeader(decoding: input) else { return }
    try demand(header.offset >= 0 && header.count >= 0 && header.next >= header.offset, "offsets are in range")
    let buffer = ByteBuffer()
    header.write(to: buffer, topic: header.run, id: .string(header.run))
    let again = try DataHeader(decoding: buffer.bytes)
    try demand(
      again == header && Array(again.run.utf8) == Array(header.run.utf8), "what is written is read as the same")
  }

  /// The verb, a line feed, and the second frame; further line feeds make further frames.
  static let request = FuzzTarget(
    "request",
    seeds: [
      "describe\n{}", "fetch\n{\"topic\":\"events.clean\",\"offset\":0,\"max_bytes\":1000,\"before\":7}",
      "leave\n{\"member\":\"sink\"}",
      "fetch\n{\"topic\":\"events.clean\",\"time\":\"2025-01-02T00:03:00\",\"id\":\"x\"}",
      "ack\n{\"member\":\"cleaner\",\"topic\":\"users.raw\",\"next\":12,\"done\":true,\"at\":17}",
      "ack\n{\"member\":\"sink\",\"topic\":\"t\",\"next\":9223372036854775807,\"at\":-9223372036854775808}",
      "ack\n{\"member\":\"sink\",\"topic\":\"t\",\"next\":1,\"generation\":\"g\",\"reads\":[\"t\",\"u\"]}",
      "query\n{\"user_id\":1,\"date\":\"2025-01-02\"}", "describe",
      "control\n{\"command\":\"seek\",\"time\":\"2025-01-02\"}", "control\n{\"command\":\"step\",\"by\":\"1d12h\"}",
      "control\n{\"command\":\"speed\",\"speed\":\"0.5x\"}",
    ],
    words: ["\"topic\":", "\"offset\":", "\"time\":", "\"max_bytes\":", "\"member\":", "\"next\":", "\"done\":"],
    rounds: 1500
  ) { input in
    let frames = input.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
    do {
      switch try ServiceRequest(frames: frames) {
      case .fetch(let topic, let from, let maxBytes, let before):
        try demand((1...128).contains(topic.utf8.count), "a topic has a name")
        try demand((1...(4 << 20)).contains(maxBytes), "an answer has a limit")
        if case .offset(let offset) = from { try demand(offset >= 0, "offsets begin at 0") }
        try demand(before ?? 0 >= 0, "offsets begin at 0")
      case .ack(let ack):
        try demand(
          (1...128).contains(ack.member.utf8.count) && (1...128).contains(ack.topic.utf8.count), "both have a name")
        for number in [ack.next, ack.at] {
          try demand((0...JSONValue.largestCount).contains(number ?? 0), "numbers can be computed with")
        }
        try demand(ack.reads?.contains(ack.topic) ?? true, "a member reads what it speaks of")
      case .leave(let member, _): try demand((1...128).contains(member.utf8.count), "a member has a name")
      case .describe: try demand(frames[0] == Array("describe".utf8), "a verb is what it says")
      case .other(let verb, let arguments):
        try demand(frames[0].count <= 64 && verb != "describe", "a verb is what it says")
        guard let command = try? ReplayCommand(arguments) else { return }
        try demand(try ReplayCommand(.object(command.json)) == command, "what is written is read as the same")
      }
    } catch let error as ServiceError {
      try demand(error.code == .badRequest && !error.message.isEmpty, "a refusal has a reason")
    }
  }
}
