import Foundation
import Records
import Testing

@testable import TopicLog

struct TopicReaderTests {
  let topic = TopicFixture()

  @Test(arguments: [UInt64(1), 2, 3])
  func slicesNeitherSplitNorLoseLines(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    let lines = TopicFixture.lines(4000, every: 60, padding: 0..<(seed == 3 ? 3000 : 80), seed: seed)
    try topic.fill(lines, limit: 150_000, rollsAtMidnight: true)
    for removed in [[], topic.names.filter { $0.hasSuffix(".index") }] {
      removed.forEach(topic.remove)
      let reader = try topic.reader()
      #expect(reader.firstOffset == 0 && reader.nextOffset == 4000)
      var offset = 0
      var recent: [Int] = []
      for _ in 0..<1500 {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: offset = Int.random(in: 0...4000, using: &random)
        case 1: offset = recent.randomElement(using: &random) ?? 0
        default: break
        }
        let maxBytes = Int.random(in: 0..<20, using: &random) == 0 ? 1 : Int.random(in: 1..<20_000, using: &random)
        let maxCount = Bool.random(using: &random) ? Int.max : Int.random(in: 1..<50, using: &random)
        let limit = Bool.random(using: &random) ? nil : offset + Int.random(in: 0..<100, using: &random)
        guard let slice = try reader.slice(from: offset, maxBytes: maxBytes, maxCount: maxCount, before: limit) else {
          #expect(offset == 4000 || limit == offset)
          offset = 0
          continue
        }
        #expect(slice.offset == offset && slice.count >= 1 && slice.count <= maxCount)
        #expect(slice.endOffset <= min(limit ?? 4000, 4000))
        #expect(slice.bytes.count <= maxBytes || slice.count == 1)
        #expect(slice.lines == Array(lines[offset..<slice.endOffset]))
        let isFull =
          slice.endOffset == 4000 || slice.count == maxCount || slice.endOffset == limit
          || slice.bytes.count + lines[slice.endOffset].utf8.count + 1 > maxBytes
          || topic.segmentNames.contains(String(format: "%020d.jsonl", slice.endOffset))
        #expect(isFull, "a slice ends early")
        offset = slice.endOffset
        recent = recent.suffix(3) + [offset]
      }
    }
  }

  @Test func windowsMoveOverLongSegmentsAndLongLines() throws {
    var random = SplitMix64(state: 5)
    let lengths = (0..<30).map { $0 % 15 == 7 ? 9_000_000 : Int.random(in: 1000..<600_000, using: &random) }
    let lines = lengths.enumerated().map { TopicFixture.line($0, padding: $1) }
    try topic.fill(lines)
    var slices: [TopicSlice] = []
    let reader = try topic.reader()
    while let slice = try reader.slice(from: slices.last?.endOffset ?? 0, maxBytes: 700_000) { slices.append(slice) }
    // All at once: what a slice shows must outlive the window it came from.
    #expect(slices.flatMap(\.lines) == lines)
    #expect(try topic.verify().findings == [])
  }

  #if os(Linux)
    @Test func mappedMemoryIsGivenBack() throws {
      try topic.fill((0..<400).map { TopicFixture.line($0, padding: 100_000) })
      func mappedBytes() throws -> Int {
        let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
        return maps.split(separator: "\n").filter { $0.hasSuffix(topic.segmentNames[0]) && $0.contains(topic.path) }
          .reduce(0) { sum, line in
            let range = line.prefix { $0 != " " }.split(separator: "-").map { Int($0, radix: 16)! }
            return sum + range[1] - range[0]
          }
      }
      do {
        let reader = try topic.reader()
        var kept: TopicSlice?
        while let slice = try reader.slice(from: kept?.endOffset ?? 0, maxBytes: 250_000) {
          kept = slice
          #expect(try mappedBytes() <= 2 * SegmentBytes.windowBytes)
        }
        #expect(kept?.endOffset == 400)
      }
      #expect(try mappedBytes() == 0)
    }
  #endif

  @Test func readsWhileATopicIsWritten() throws {
    let lines = TopicFixture.lines(3000, every: 100, padding: 0..<400)
    let writer = try topic.writer(.create, limit: 100_000, rollsAtMidnight: true)
    let reader = try topic.reader()
    #expect(try reader.slice(from: 0, maxBytes: 1000) == nil)
    #expect(try !reader.refresh())
    var read: [String] = []
    var written = 0
    var random = SplitMix64(state: 9)
    while written < 3000 {
      let count = min(Int.random(in: 1..<300, using: &random), 3000 - written)
      try writer.append(Array(lines[written..<(written + count)]), batch: 40)
      written += count
      #expect(reader.nextOffset == read.count)
      #expect(try reader.refresh())
      #expect(reader.nextOffset == written && !reader.isSealed)
      #expect(try reader.watermark == watermarks(Array(lines[..<written])).last!)
      read += try reader.lines(from: read.count)
      #expect(try reader.slice(from: written, maxBytes: 100) == nil)
    }
    #expect(read == lines)
    try writer.seal()
    #expect(try reader.refresh())
    #expect(reader.isSealed)
    #expect(try !reader.refresh())
    #expect(try reader.lines(from: 17) == Array(lines[17...]))
  }

  /// A segment that cannot be looked at for a moment is not one that is not there.
  @Test func looksAgainAfterALookThatFailed() throws {
    let lines = TopicFixture.lines(600)
    let writer = try topic.writer(.create, limit: 100_000, rollsAtMidnight: true)
    try writer.append(Array(lines[..<10]), batch: 10)
    let reader = try topic.reader()
    try writer.append(Array(lines[10...]), batch: 40)
    try writer.seal()
    let manager = FileManager.default
    let names = try manager.contentsOfDirectory(atPath: topic.path).filter { $0.hasSuffix(".jsonl") }.sorted()
    let (second, aside) = (topic.path + "/" + names[1], topic.path + "/aside")
    try manager.moveItem(atPath: second, toPath: aside)
    try manager.createSymbolicLink(atPath: second, withDestinationPath: second)
    #expect(topicLogError { try reader.refresh() }?.errno == ELOOP)
    try manager.removeItem(atPath: second)
    try manager.moveItem(atPath: aside, toPath: second)
    #expect(try reader.refresh())
    #expect(try reader.lines() == lines)
  }

  @Test func aLineIsThereOnceItIsEnded() throws {
    try topic.fill(["a", "b"], sealed: false)
    let reader = try topic.reader()
    topic.write("00000000000000000000.jsonl", "a\nb\nhalf")
    #expect(try !reader.refresh())
    #expect(try topic.reader().nextOffset == 2)
    // The bytes are put into the same file, as a writer does.
    let file = try LogFile(topic.path + "/00000000000000000000.jsonl", .write)
    try Array(" and half\n".utf8).withUnsafeBytes { try file.write($0, at: 8) }
    #expect(try topic.reader().lines() == ["a", "b", "half and half"])
  }

  @Test func seeksByTheRunningMaximumOfTime() throws {
    let lines = TopicFixture.lines(3000, every: 400, padding: 0..<200)
    let expected = watermarks(lines)
    for step in 0..<4 {
      let topic = TopicFixture()
      try topic.fill(lines, limit: 250_000, rollsAtMidnight: step % 2 == 0, sealed: step < 2)
      if step == 1 { topic.names.filter { $0.hasSuffix(".index") }.forEach(topic.remove) }
      if step == 2 { topic.remove("topic.json") }
      let reader = try topic.reader()
      let begin = EventTime("2025-01-05T00:00:00")!.secondsSinceEpoch
      for seconds in stride(from: 0, to: 3000 * 400 + 200_000, by: 1777) {
        let time = EventTime(secondsSinceEpoch: begin + seconds)
        let offset = expected.dropFirst().firstIndex { $0.map { $0 >= time } ?? false }.map { $0 - 1 } ?? 3000
        #expect(try reader.offset(atOrAfter: time) == offset)
      }
    }
  }

  @Test func aTopicMadeByHandIsCompleteAndItsUnendedLineARecord() throws {
    topic.write("00000000000000000005.jsonl", "five\nsix")
    topic.write("00000000000000000007.jsonl", TopicFixture.line(7, "2025-01-06T10:00:00"))
    topic.write("examples.jsonl", "no record\n")
    let reader = try topic.reader()
    #expect(reader.isSealed && reader.identity == nil)
    #expect(reader.firstOffset == 5 && reader.nextOffset == 8)
    let lines = ["five", "six", TopicFixture.line(7, "2025-01-06T10:00:00")]
    #expect(try reader.lines() == lines)
    #expect(try reader.lines(maxBytes: 1) == lines)
    #expect(try reader.lines(from: 6) == Array(lines[1...]))
    #expect(try reader.watermark == EventTime("2025-01-06T10:00:00"))
    #expect(try reader.offset(atOrAfter: EventTime("2025-01-06")!) == 7)
    #expect(try !reader.refresh())
    #expect(try topic.verify().findings == [])
    try TopicIndex.rebuild(directory: topic.path, timeOf: TopicFixture.timeOf)
    #expect(try topic.verify().findings == [])
    #expect(try topic.verify().blockCount == 2)
    topic.write("00000000000000000007.jsonl", "changed")
    #expect(try topic.reader().lines() == ["five", "six", "changed"])
    #expect(try topic.verify().isSound == false)
  }

  @Test func anOffsetOutsideTheTopicIsAnError() throws {
    topic.write("00000000000000000005.jsonl", "five\nsix\n")
    let reader = try topic.reader()
    for offset in [-1, 4, 8] {
      let error = topicLogError { _ = try reader.slice(from: offset, maxBytes: 10) }
      #expect(error?.code == .outOfRange && error?.offset == offset)
    }
    #expect(try reader.slice(from: 7, maxBytes: 10) == nil)
  }

  @Test func aGapBetweenSegmentsIsAnError() throws {
    topic.write("00000000000000000000.jsonl", "a\nb\n")
    topic.write("00000000000000000003.jsonl", "d\n")
    let error = topicLogError { _ = try topic.reader().lines() }
    #expect(error?.code == .damaged && error?.offset == 2 && error?.path.hasSuffix("00000000.jsonl") == true)
    #expect(topicLogError { _ = try topic.reader().slice(from: 3, maxBytes: 1) } == nil)
    topic.remove("00000000000000000003.jsonl")
    topic.write("00000000000000000001.jsonl", "b\nc\n")
    let surplus = topicLogError { _ = try topic.reader().lines() }
    #expect(surplus?.code == .damaged && surplus?.actual == "2 bytes more")
  }

  @Test func whatShrinksOrIsReplacedIsReported() throws {
    try topic.fill(["a", "b", "c"], sealed: false)
    let reader = try topic.reader()
    try LogFile(topic.path + "/00000000000000000000.jsonl", .write).truncate(to: 4)
    let error = topicLogError { try reader.refresh() }
    #expect(error?.code == .shrunk && error?.expected == "6 bytes at least" && error?.actual == "4 bytes")
    let other = try topic.reader()
    try topic.writer(.create, identity: .init(name: "events.raw", run: "r2", digest: "d1")).close()
    #expect(topicLogError { try other.refresh() }?.code == .replaced)
    let same = try topic.reader()
    try topic.writer(.create, identity: .init(name: "events.raw", run: "r2", digest: "d1")).close()
    #expect(topicLogError { try same.refresh() }?.code == .replaced)
  }

  @Test func noTopicIsAnError() throws {
    #expect(topicLogError { _ = try topic.reader() }?.code == .notFound)
    #expect(topicLogError { _ = try topic.verify() }?.code == .notFound)
    let missing = topicLogError { _ = try TopicReader(directory: topic.path + "/none", timeOf: TopicFixture.timeOf) }
    #expect(missing?.code == .notFound && missing?.errno == ENOENT)
  }

  @Test func aSliceCanBeReleasedOnAnotherThread() async throws {
    try topic.fill(TopicFixture.lines(500))
    let reader = try topic.reader()
    let slice = try #require(try reader.slice(from: 100, maxBytes: 5000))
    let count = await Task.detached { slice.withBytes { $0.count { $0 == 10 } } }.value
    #expect(count == slice.count)
  }
}
