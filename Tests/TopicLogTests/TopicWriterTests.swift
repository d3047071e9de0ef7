import Foundation
import Records
import Testing

@testable import TopicLog

struct TopicWriterTests {
  let topic = TopicFixture()

  @Test(arguments: [1, 7, 100_000])
  func whatIsAppendedIsReadBack(batch: Int) throws {
    let lines = TopicFixture.lines(3000, padding: 0..<300)
    let writer = try topic.writer(.create, limit: 200_000, rollsAtMidnight: true)
    try writer.append(lines, batch: batch)
    #expect(writer.nextOffset == 3000)
    #expect(writer.byteCount == lines.reduce(0) { $0 + $1.utf8.count + 1 })
    #expect(writer.watermark == watermarks(lines).last!)
    try writer.seal()
    try writer.close()
    let reader = try topic.reader()
    #expect(reader.isSealed && reader.identity == TopicFixture.identity)
    #expect(try reader.lines() == lines)
    #expect(try reader.watermark == watermarks(lines).last!)
    let report = try topic.verify()
    #expect(report.findings == [])
    #expect(report.recordCount == 3000 && report.checkedByteCount == report.byteCount)
  }

  @Test func segmentsAreTheSameForEveryBatchSize() throws {
    let all = TopicFixture.lines(2000, every: 173, padding: 0..<500)
    for (limit, rollsAtMidnight) in [(64 << 20, true), (9_999, false), (30_000, true), (1, true)] {
      let lines = limit == 1 ? Array(all[..<60]) : all
      var expected: [String: [UInt8]]?
      for batch in [1, 7, 100, 2000] {
        let topic = TopicFixture()
        let writer = try topic.writer(.create, limit: limit, rollsAtMidnight: rollsAtMidnight)
        try writer.append(lines, batch: batch)
        try writer.seal()
        try writer.close()
        let files = Dictionary(uniqueKeysWithValues: topic.segmentNames.map { ($0, topic.read($0)!) })
        #expect(files.count > 1)
        if let expected { #expect(files == expected, "batch \(batch), limit \(limit)") }
        expected = expected ?? files
        #expect(try topic.verify().findings == [])
        #expect(try topic.reader().lines() == lines)
      }
    }
  }

  @Test func aDayBeginsASegmentAndALateRecordDoesNot() throws {
    let times = [
      "2025-01-06T10:00:00", "2025-01-07T00:00:00", "2025-01-06T23:59:59", "2025-01-07T01:00:00",
      "2025-01-09T00:00:00", "2025-01-08T00:00:00",
    ]
    try topic.fill(times.enumerated().map { TopicFixture.line($0, $1) }, rollsAtMidnight: true)
    #expect(topic.segmentNames == [0, 1, 4].map { String(format: "%020d.jsonl", $0) })
  }

  @Test func aSegmentEndsWithTheRecordThatReachesTheLimit() throws {
    let lines = (0..<9).map { _ in "123456789" }
    try topic.fill(lines, limit: 30)
    #expect(topic.segmentNames == [0, 3, 6].map { String(format: "%020d.jsonl", $0) })
    try TopicFixture().fill(lines, limit: 31)
    let other = TopicFixture()
    try other.fill(lines, limit: 31)
    #expect(other.segmentNames == [0, 4, 8].map { String(format: "%020d.jsonl", $0) })
  }

  @Test func resumesAfterEveryCutOfTheLastLine() throws {
    let lines = TopicFixture.lines(40, every: 7200)
    for (rollsAtMidnight, limit) in [(true, 1 << 20), (false, 1 << 20), (false, 500)] {
      let whole = TopicFixture()
      try whole.fill(lines, limit: limit, rollsAtMidnight: rollsAtMidnight)
      let last = lines[39].utf8.count + 1
      for cut in 0...last {
        let topic = TopicFixture()
        try topic.fill(lines, limit: limit, rollsAtMidnight: rollsAtMidnight, sealed: false)
        let name = topic.segmentNames.last!
        topic.write(name, topic.read(name)!.dropLast(cut))
        let kept = cut == 0 ? 40 : 39
        let writer = try topic.writer(.resume, limit: limit, rollsAtMidnight: rollsAtMidnight)
        #expect(writer.nextOffset == kept)
        #expect(writer.watermark == watermarks(lines)[kept])
        #expect(writer.tornTail?.byteCount == (cut == 0 || cut == last ? nil : last - cut))
        if let torn = writer.tornTail {
          #expect(topic.read(name)!.last == 10)
          #expect(torn.offset == 39 && torn.path.hasSuffix(name) && lines[39].hasPrefix(torn.beginning))
        }
        try writer.append(Array(lines[kept...]), batch: 1)
        try writer.seal()
        try writer.close()
        #expect(topic.segmentNames == whole.segmentNames)
        for name in whole.segmentNames { #expect(topic.read(name) == whole.read(name)) }
        #expect(try topic.verify().findings == [])
      }
    }
  }

  @Test func resumesWhereverAWriterWasKilled() throws {
    let lines = TopicFixture.lines(1200, every: 300, padding: 100..<900)
    let whole = TopicFixture()
    try whole.fill(lines, limit: 300_000, rollsAtMidnight: true)
    var writer = try topic.writer(.create, limit: 300_000, rollsAtMidnight: true)
    for start in stride(from: 0, to: 1200, by: 90) {
      try writer.append(Array(lines[start..<min(start + 90, 1200)]), batch: 13)
      // Not closed: the sidecar stays as short as it is, as after a kill.
      withExtendedLifetime(consume writer) {}
      writer = try topic.writer(.resume, limit: 300_000, rollsAtMidnight: true)
      #expect(writer.nextOffset == min(start + 90, 1200) && writer.tornTail == nil)
    }
    #expect(writer.byteCount == lines.reduce(0) { $0 + $1.utf8.count + 1 })
    try writer.seal()
    for name in whole.segmentNames { #expect(topic.read(name) == whole.read(name)) }
    #expect(try topic.verify().findings == [])
  }

  @Test func resumesAtTheLastLineThatSurvivedALossOfPower() throws {
    let lines = TopicFixture.lines(3000, padding: 100..<200)
    try topic.fill(lines, sealed: false)
    let content = topic.read("00000000000000000000.jsonl")!
    // The sidecar reached the disk, the end of the segment did not.
    topic.write("00000000000000000000.jsonl", content.prefix(150_000))
    #expect(try topic.reader().nextOffset == content.prefix(150_000).count { $0 == 10 })
    let writer = try topic.writer(.resume)
    #expect(writer.nextOffset == content.prefix(150_000).count { $0 == 10 })
    try writer.append(Array(lines[writer.nextOffset...]), batch: 30)
    try writer.seal()
    #expect(topic.read("00000000000000000000.jsonl") == content)
    #expect(try topic.verify().findings == [])
  }

  @Test func aSecondWriterIsToldWhoHoldsTheTopic() throws {
    let writer = try topic.writer(.create)
    for mode in [TopicWriter.Mode.create, .resume] {
      let error = topicLogError { _ = try topic.writer(mode) }
      #expect(error?.code == .locked)
      #expect(error?.description.contains("process \(getpid()) on ") == true)
    }
    try writer.close()
    try topic.writer(.resume).close()
  }

  @Test func onlyItsOwnFilesAreReplaced() throws {
    try topic.fill(TopicFixture.lines(100, every: 7200), rollsAtMidnight: true)
    let kept = [
      "schema.json", "examples.jsonl", "README.md", "0000000000000000000.jsonl", "000000000000000000000.jsonl",
      "0000000000000000000x.jsonl", "00000000000000000000.json", "00000000000000000000.jsonl.gz",
      "99999999999999999999.jsonl", "+0000000000000000001.index",
    ]
    for name in kept { topic.write(name, "mine") }
    let writer = try topic.writer(.create, identity: .init(name: "events.raw", run: "r2", digest: "d2"))
    try writer.close()
    for name in kept { #expect(topic.read(name) == Array("mine".utf8)) }
    let ours = ["00000000000000000000.index", "00000000000000000000.jsonl", "topic.json", ".lock"]
    #expect(Set(topic.names) == Set(kept + ours))
    #expect(topic.read("00000000000000000000.jsonl") == [])
  }

  @Test func aTopicMadeByHandIsNotReplaced() throws {
    topic.write("00000000000000000000.jsonl", "precious\n")
    #expect(topicLogError { _ = try topic.writer(.create) }?.code == .madeByHand)
    #expect(topicLogError { _ = try topic.writer(.resume) }?.code == .notFound)
    #expect(topic.read("00000000000000000000.jsonl") == Array("precious\n".utf8))
  }

  @Test func anInterruptedReplacementIsCompletedByResuming() throws {
    try topic.fill(TopicFixture.lines(100))
    let identity = TopicIdentity(name: "events.raw", run: "r2", digest: "d1")
    try TopicMetadata(identity: identity, isReplacing: true).write(TopicDirectory(topic.path))
    #expect(try topic.reader().nextOffset == 0)
    let writer = try topic.writer(.resume, identity: identity)
    #expect(writer.nextOffset == 0)
    try writer.append(["a"], batch: 1)
    try writer.close()
    #expect(try topic.reader().lines() == ["a"])
  }

  @Test func anotherRunOrTopicIsNeitherResumedNorMistaken() throws {
    try topic.fill(["a"])
    let other = TopicIdentity(name: "events.raw", run: "r2", digest: "d1")
    let error = topicLogError { _ = try topic.writer(.resume, identity: other) }
    #expect(error?.code == .identityMismatch)
    #expect(error?.description.contains("run r2") == true && error?.description.contains("run r1") == true)
    let name = TopicIdentity(name: "users.raw", run: "r1", digest: "d1")
    #expect(topicLogError { _ = try topic.writer(.create, identity: name) }?.code == .identityMismatch)
  }

  @Test func anotherFormatVersionIsRefusedWithAWayOut() throws {
    try topic.fill(["a"])
    topic.write("topic.json", #"{"format":2,"subject":"x"}"#)
    for attempt in [{ _ = try topic.writer(.create) }, { _ = try topic.writer(.resume) }, { _ = try topic.reader() }] {
      let error = topicLogError(attempt)
      #expect(error?.code == .unsupportedFormat)
      #expect(
        error?.description == "cannot read \(topic.path)/topic.json: expected format 1, found format 2. "
          + "Use the version of Daylapse that wrote it, or move the directory away and make the topic again.")
    }
    #expect(topic.read("00000000000000000000.jsonl") == Array("a\n".utf8))
  }

  @Test func aSealedTopicTakesNoMore() throws {
    try topic.fill(["a", "b"])
    let writer = try topic.writer(.resume)
    #expect(writer.isSealed && writer.nextOffset == 2)
    #expect(topicLogError { try writer.append(["c"], batch: 1) }?.code == .sealed)
    try writer.seal()
    try writer.close()
    #expect(try topic.verify().findings == [])
    #expect(
      String(decoding: topic.read("topic.json")!, as: UTF8.self)
        == #"{"format":1,"topic":"events.raw","run":"r1","digest":"d1","next":2}"# + "\n")
  }

  @Test func aSealedTopicThatLostItsEndIsNotResumed() throws {
    try topic.fill(["aaa", "bbb"])
    topic.write("00000000000000000000.jsonl", "aaa\nbb")
    #expect(topicLogError { _ = try topic.writer(.resume) }?.code == .damaged)
    topic.remove("00000000000000000000.jsonl")
    #expect(topicLogError { _ = try topic.writer(.resume) }?.code == .notFound)
  }

  @Test func aFailedAppendLeavesNothingAndCanBeTriedAgain() throws {
    let fault = Fault()
    let writer = try topic.writer(.create, writeCall: fault.write)
    try writer.append(["first"], batch: 1)
    fault.next = [.short(3), .fail(EINTR), .fail(ENOSPC)]
    let error = topicLogError { try writer.append(["second", "third"], batch: 2) }
    #expect(error?.code == .system && error?.errno == ENOSPC && error?.offset == 1)
    #expect(error?.path.hasSuffix("00000000000000000000.jsonl") == true)
    #expect(error?.description.contains("No space left on device") == true)
    #expect(topic.read("00000000000000000000.jsonl") == Array("first\n".utf8))
    fault.next = [.short(1), .short(2)]
    try writer.append(["second", "third"], batch: 2)
    try writer.seal()
    #expect(try topic.reader().lines() == ["first", "second", "third"])
    #expect(try topic.verify().findings == [])
  }

  @Test func anAppendThatFailsBehindASegmentsEndStopsTheWriter() throws {
    let fault = Fault()
    let writer = try topic.writer(.create, limit: 10, writeCall: fault.write)
    fault.next = [.pass, .fail(EIO)]
    let error = topicLogError { try writer.append(["123456789", "second"], batch: 2) }
    #expect(error?.errno == EIO && error?.description.contains("in part") == true)
    #expect(topicLogError { try writer.append(["second"], batch: 1) } == error)
    try writer.close()
    let resumed = try topic.writer(.resume, limit: 10)
    #expect(resumed.nextOffset == 1)
    try resumed.append(["second"], batch: 1)
    #expect(try topic.reader().lines() == ["123456789", "second"])
  }

  @Test func argumentsThatContradictEachOtherAreRefused() throws {
    let writer = try topic.writer(.create, rollsAtMidnight: true)
    func attempt(_ text: String, _ count: Int, _ maxTime: String? = nil) -> TopicLogError? {
      topicLogError {
        let bytes = Array(text.utf8)
        let time = maxTime.map { EventTime($0)! }
        try bytes.withUnsafeBytes { try writer.append($0, count: count, maxTime: time) }
      }
    }
    #expect(attempt("a\nb\n", 1)?.code == .misuse)
    #expect(attempt("a\nb", 1)?.code == .misuse)
    #expect(attempt("a\n", 1, "2025-01-06")?.code == .misuse)
    #expect(attempt("", 0) == nil)
    #expect(writer.nextOffset == 0)
    try writer.close()
    #expect(attempt("a\n", 1)?.code == .misuse)
  }
}

/// Makes the next writes fail, or fall short.
final class Fault: @unchecked Sendable {
  // Guard of `@unchecked Sendable`: used by one test on one thread.
  enum Outcome {
    case pass
    case short(Int)
    case fail(Int32)
  }

  var next: [Outcome] = []

  func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ start: off_t) -> Int {
    switch next.isEmpty ? .pass : next.removeFirst() {
    case .pass: return pwrite(descriptor, bytes, count, start)
    case .short(let length): return pwrite(descriptor, bytes, min(length, count), start)
    case .fail(let number):
      errno = number
      return -1
    }
  }
}
