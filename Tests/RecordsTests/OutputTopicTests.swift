import Records
import TestSupport
import Testing

struct OutputTopicTests {
  private func write(
    _ lines: [(text: String, time: String?)], byteLimit: Int = 1 << 16, countLimit: Int = .max
  ) throws -> RecordedOutputs {
    let outputs = RecordedOutputs(["t"], byteLimit: byteLimit, countLimit: countLimit)
    let topic = outputs.topics[0]
    for line in lines {
      topic.buffer.append(line.text + "\n")
      if let time = line.time.flatMap({ EventTime($0) }) {
        try topic.endLine(atSeconds: time.secondsSinceEpoch)
      } else {
        try topic.endLine()
      }
    }
    try outputs.flush()
    #expect(!topic.hasPending)
    #expect(topic.lineCount == lines.count)
    #expect(outputs.text(0) == lines.map { $0.text + "\n" }.joined())
    return outputs
  }

  private func texts(_ outputs: RecordedOutputs) -> [String] {
    outputs.chunks[0].map { String(decoding: $0.bytes, as: UTF8.self).replacing("\n", with: "|") }
  }

  @Test func aChunkHoldsNoMoreLinesThanItsLimit() throws {
    let outputs = try write((0..<7).map { ("\($0)", nil) }, countLimit: 3)
    #expect(texts(outputs) == ["0|1|2|", "3|4|5|", "6|"])
    #expect(outputs.chunks[0].map(\.count) == [3, 3, 1])
    #expect(outputs.chunks[0].allSatisfy { $0.maxTime == nil })
  }

  @Test func aChunkHoldsNoMoreBytesThanItsLimitUnlessOneLineIsLonger() throws {
    let lines = ["abc", "de", "f", "a long line", "x", "y"]
    #expect(texts(try write(lines.map { ($0, nil) }, byteLimit: 7)) == ["abc|de|", "f|", "a long line|", "x|y|"])
    #expect(texts(try write(lines.map { ($0, nil) }, byteLimit: 1)) == lines.map { $0 + "|" })
  }

  @Test func aChunkNeverCrossesMidnight() throws {
    let outputs = try write([
      ("a", "2025-01-06T10:00:00"), ("b", "2025-01-06T23:59:59"), ("late", "2025-01-05T00:00:00"),
      ("c", "2025-01-07T00:00:00"),
      ("late", "2025-01-06T12:00:00"), ("no time", nil), ("d", "2025-01-09T10:00:00"), ("e", "2025-01-09T09:00:00"),
    ])
    #expect(texts(outputs) == ["a|b|late|", "c|late|no time|", "d|e|"])
    #expect(
      outputs.chunks[0].map { $0.maxTime?.description } == [
        "2025-01-06T23:59:59", "2025-01-07T00:00:00", "2025-01-09T10:00:00",
      ])
  }

  @Test(arguments: Array(1...20) as [UInt64])
  func chunksAreWholeInOrderAndWithinTheirLimits(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var second = EventTime("1969-12-30")!.secondsSinceEpoch
    let lines: [(text: String, time: String?)] = (0..<300).map { number in
      second += Int.random(in: -20_000...30_000, using: &random)
      let text = "\(number)" + String(repeating: "x", count: Int.random(in: 0...40, using: &random))
      return (text, random.chance(10) ? nil : EventTime(secondsSinceEpoch: second).description)
    }
    let byteLimit = Int.random(in: 1...200, using: &random)
    let countLimit = Int.random(in: 1...20, using: &random)
    let outputs = try write(lines, byteLimit: byteLimit, countLimit: countLimit)
    var at = 0
    var highestDay: CivilDate?
    for chunk in outputs.chunks[0] {
      #expect(chunk.count <= countLimit, "seed \(seed)")
      #expect(chunk.bytes.count <= byteLimit || chunk.count == 1, "seed \(seed)")
      let times = lines[at..<(at + chunk.count)].map { $0.time.flatMap { EventTime($0) } }
      #expect(chunk.maxTime == times.compactMap { $0 }.max(), "seed \(seed)")
      for time in times.dropFirst() {
        if let time, let highestDay {
          #expect(time.date <= max(highestDay, times[0]?.date ?? highestDay), "seed \(seed)")
        }
      }
      highestDay = [highestDay, chunk.maxTime?.date].compactMap { $0 }.max()
      at += chunk.count
    }
  }
}
