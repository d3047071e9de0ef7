import Cleaner
import Records
import TestSupport
import Testing

/// Holds the straight road of the cleaner against the general one, and one batching against another.
struct CleanerRoadsTests {
  private static let users = (1...9).map { #"{"user_id":\#($0),"signup_date":"2025-01-01","plan":"free"}"# }

  private struct Result: Equatable, CustomTestStringConvertible {
    var outputs: [[UInt8]]
    var counts: [StepCount]

    var testDescription: String { counts.map { "\($0.name) \($0.value)" }.joined(separator: ", ") }
  }

  private func clean(
    _ events: [[UInt8]], strict: Bool = false, generalOnly: Bool = false, batching: Batching = .all,
    byteLimit: Int = 1 << 16, countLimit: Int = .max
  ) throws -> Result {
    let step = CleanerStep(options: .init(isStrict: strict, takesGeneralRoadOnly: generalOnly))
    let outputs = RecordedOutputs(step.outputs, byteLimit: byteLimit, countLimit: countLimit)
    try step.give(Self.users, to: 0, batching: batching, into: outputs)
    try step.give(events, to: 1, batching: batching, into: outputs)
    for chunk in outputs.chunks.joined() {
      #expect(chunk.count <= countLimit)
      #expect(chunk.count == chunk.bytes.count { $0 == 0x0A })
      #expect(chunk.bytes.count <= byteLimit || chunk.count == 1)
    }
    return Result(outputs: (0..<4).map { outputs.bytes($0) }, counts: step.counts)
  }

  private static func lines(_ count: Int, seed: UInt64) -> [[UInt8]] {
    var mutator = RawLineMutator(seed: seed)
    return (0..<count).map { _ in mutator.line() }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
  func bothRoadsGiveTheSameBytes(seed: UInt64) throws {
    let lines = Self.lines(3000, seed: seed)
    for strict in [false, true] {
      let either = try clean(lines, strict: strict)
      let general = try clean(lines, strict: strict, generalOnly: true)
      guard either != general else { continue }
      // find the line that makes the difference, alone
      let culprit = try lines.first {
        try clean([$0], strict: strict) != clean([$0], strict: strict, generalOnly: true)
      }
      let text = culprit.map { String(decoding: $0, as: UTF8.self) } ?? "no line alone"
      Issue.record("seed \(seed), strict \(strict): the roads differ at \(text)")
    }
    // the lines are of every kind: many clean ones, and every reason there is
    let counts = try clean(lines, strict: true).counts
    for reason in Rejection.allCases where reason != .badSignupDate && reason != .missingPlan {
      #expect(counts.contains { $0.name == "events_rejected.\(reason.rawValue)" }, "\(reason), seed \(seed)")
    }
    #expect(counts.first { $0.name == "events_clean" }!.value > 500)
  }

  @Test(arguments: [11, 12, 13] as [UInt64])
  func batchesAndChunksChangeNothing(seed: UInt64) throws {
    let lines = Self.lines(400, seed: seed)
    let expected = try clean(lines)
    for batching in [Batching.single, .random(seed: seed), .random(seed: seed + 100)] {
      for (byteLimit, countLimit) in [(1 << 16, Int.max), (1 << 16, 1), (1, .max), (200, .max), (1000, 7)] {
        let found = try clean(lines, batching: batching, byteLimit: byteLimit, countLimit: countLimit)
        let isSame = found == expected
        #expect(isSame, "seed \(seed), \(batching), \(byteLimit) bytes, \(countLimit) lines")
      }
    }
  }

  @Test func everyTruncationOfAPlainLineIsMalformedOnBothRoads() throws {
    let line = Array(
      #"{"event_id":5,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"video_watch","course_id":"k8s","watch_minutes":12.5,"quiz_score":5.0,"amount":7.5}"#
        .utf8)
    let cuts = (0..<line.count).map { Array(line[..<$0]) }
    let either = try clean(cuts)
    let general = try clean(cuts, generalOnly: true)
    let isSame = either == general
    #expect(isSame)
    #expect(either.counts.first { $0.name == "events_rejected.malformed" }?.value == line.count)
  }

  @Test(arguments: [
    "2025\u{1}01-06", "2025\"01-06", "2025-01-0\\", "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}",
  ])
  func aDateThatIsNoTextIsMalformedOnBothRoads(date: String) throws {
    let line = Array(
      "{\"event_id\":5,\"user_id\":1,\"event_time\":\"2025-01-06T10:00:00\",\"event_date\":\"\(date)\",\"event_type\":\"login\"}"
        .utf8)
    let isSame = try clean([line]) == clean([line], generalOnly: true)
    #expect(isSame)
  }

  @Test func aDateDoesNotReachIntoTheNextLine() throws {
    let lines = [
      Array("{\"event_id\":5,\"user_id\":1,\"event_time\":\"2025-01-06T10:00:00\",\"event_date\":\"12345678".utf8),
      Array("{\",\"event_type\":\"login\"}".utf8),
    ]
    let isSame = try clean(lines) == clean(lines, generalOnly: true)
    #expect(isSame)
  }

  @Test func aTimeOfZeroBytesIsNoTimeAtTheVeryBeginning() throws {
    let zeros = String(repeating: "\0", count: 10)
    let line = Array(
      "{\"event_id\":5,\"user_id\":1,\"event_time\":\"\(zeros)T10:00:00\",\"event_type\":\"login\"}".utf8)
    let isSame = try clean([line]) == clean([line], generalOnly: true)
    #expect(isSame)
  }
}
