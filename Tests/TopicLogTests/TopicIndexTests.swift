import Foundation
import Records
import Testing

@testable import TopicLog

struct TopicIndexTests {
  let topic = TopicFixture()
  static let index = "00000000000000000000.index"
  static let segment = "00000000000000000000.jsonl"

  @Test func aSidecarSaysWhereItsBlocksLie() throws {
    let time = "2025-01-06T10:00:00"
    let writer = try topic.writer(.create)
    try writer.append([TopicFixture.line(0), TopicFixture.line(1, time, padding: 70_000), "end"], batch: 2)
    try writer.seal()
    let text = String(decoding: topic.read(Self.index)!, as: UTF8.self)
    let lines = text.split(separator: "\n")
    let first = topic.read(Self.segment)!.count - 4
    try #require(lines.count == 3)
    #expect(lines[0].hasPrefix(#"{"offset":0,"byte":0,"count":2,"bytes":\#(first),"crc32c":""#))
    #expect(lines[1].hasPrefix(#"{"offset":2,"byte":\#(first),"count":1,"bytes":4,"time":"\#(time)","crc32c":""#))
    #expect(lines[2] == #"{"end":{"next":3,"bytes":\#(first + 4),"watermark":"\#(time)"}}"#)
  }

  @Test(arguments: [1, 300, 100_000])
  func blocksAreAbout64KiBHoweverAppended(batch: Int) throws {
    let lines = TopicFixture.lines(8000, padding: 50..<150)
    let writer = try topic.writer(.create)
    try writer.append(lines, batch: batch)
    try writer.seal()
    let index = try SegmentIndex(TopicDirectory(topic.path), segment: 0, byteCount: .max)
    #expect(index.end?.byteCount == index.coveredByte && index.defect == nil)
    #expect(index.blocks.dropLast().allSatisfy { (32 << 10...128 << 10).contains($0.byteCount) })
    #expect(index.blocks.map(\.watermark) == index.blocks.map { watermarks(lines)[$0.offset] })
  }

  @Test func aMissingShortOrSpoiledSidecarIsMadeGood() throws {
    let lines = TopicFixture.lines(6000, every: 60, padding: 50..<150)
    try topic.fill(lines, limit: 400_000, sealed: false)
    let whole = topic.names.filter { $0.hasSuffix(".index") }.map { ($0, topic.read($0)!) }
    #expect(whole.count == 3)
    let expected = watermarks(lines)
    func spoil(_ change: ([UInt8]) -> [UInt8]?) {
      for (name, content) in whole {
        if let changed = change(content) { topic.write(name, changed) } else { topic.remove(name) }
      }
    }
    let spoilers: [([UInt8]) -> [UInt8]?] = [
      { _ in nil }, { _ in [] }, { $0.dropLast(1) }, { Array($0.prefix($0.count / 2)) },
      { $0.map { $0 ^ 0x55 } }, { $0 + Array("more\n".utf8) }, { Array($0.dropFirst(40)) },
      { Array($0.prefix(300)) + Array(#"{"offset":1,"byte":9223372036854775807}"#.utf8) },
      { _ in Array(#"{"offset":0,"byte":0,"count":9,"bytes":9223372036854775807,"crc32c":"00000000"}"#.utf8) + [10] },
    ]
    for (number, spoiler) in spoilers.enumerated() {
      spoil(spoiler)
      let reader = try topic.reader()
      #expect(reader.nextOffset == 6000)
      #expect(try reader.lines() == lines)
      #expect(try reader.lines(from: 2345, maxBytes: 60_000) == Array(lines[2345...]))
      #expect(try reader.watermark == expected.last!)
      let time = expected[3000]!
      #expect(try reader.offset(atOrAfter: time) == expected.dropFirst().firstIndex { $0 == time }! - 1)
      #expect(try number == 0 || !topic.verify().isSound || number == 1)

      let writer = try topic.writer(.resume, limit: 400_000)
      #expect(writer.nextOffset == 6000 && writer.watermark == expected.last!)
      try writer.close()
      #expect(try topic.verify().findings == [], "spoiler \(number)")

      spoil(spoiler)
      try TopicIndex.rebuild(directory: topic.path, timeOf: TopicFixture.timeOf)
      let report = try topic.verify()
      #expect(report.findings == [] && report.checkedByteCount == report.byteCount)
    }
  }

  @Test func everyBitFlipIsFoundAndNamed() throws {
    let lines = TopicFixture.lines(24, every: 7200, padding: 0..<5)
    try topic.fill(lines, rollsAtMidnight: true)
    var random = SplitMix64(state: 3)
    for name in topic.names where name.hasSuffix(".index") || name.hasSuffix(".jsonl") {
      let content = topic.read(name)!
      for place in content.indices {
        var spoiled = content
        spoiled[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        topic.write(name, spoiled)
        let findings = try topic.verify().findings
        let stem = name.prefix(20)
        #expect(findings.contains { $0.path.contains(stem) }, "\(name) byte \(place) \(findings)")
        #expect(findings.allSatisfy { $0.expected != $0.actual })
        if name.hasSuffix(".jsonl") {
          let hit = findings.first { $0.kind == .checksum }
          #expect(hit?.path.hasSuffix(name) == true && hit?.bytes?.contains(place) == true)
          let line = content[..<place].count { $0 == 10 }
          #expect(hit?.offsets?.contains(Int(stem)! + line) == true)
        }
      }
      topic.write(name, content)
    }
    #expect(try topic.verify().isSound)
  }

  @Test func aFlippedBitStopsResuming() throws {
    try topic.fill(TopicFixture.lines(2000, padding: 100..<101), sealed: false)
    var content = topic.read(Self.segment)!
    content[70_000] ^= 1
    topic.write(Self.segment, content)
    let error = topicLogError { _ = try topic.writer(.resume) }
    #expect(error?.code == .damaged && error?.path.hasSuffix(Self.segment) == true && error?.offset != nil)
    #expect(error?.expected?.hasPrefix("CRC-32C ") == true && error?.actual?.utf8.count == 8)
  }

  @Test func lostFilesAreFound() throws {
    let lines = TopicFixture.lines(60, every: 7200)
    func kinds(_ change: (TopicFixture) -> Void) throws -> Set<VerificationFinding.Kind> {
      let topic = TopicFixture()
      try topic.fill(lines, rollsAtMidnight: true)
      change(topic)
      return Set(try topic.verify().findings.map(\.kind))
    }
    #expect(try kinds { _ in } == [])
    #expect(try kinds { $0.remove($0.segmentNames[1]) } == [.segmentName])
    #expect(try kinds { $0.remove($0.segmentNames[0]) } == [.segmentName])
    #expect(try kinds { $0.remove($0.segmentNames.last!) } == [.segmentName, .seal])
    #expect(try kinds { $0.remove(Self.index) } == [.indexCoverage])
    #expect(try kinds { $0.write("topic.json", "{") } == [.metadata])
    #expect(try kinds { $0.write(Self.segment, $0.read(Self.segment)!.dropLast()) }.contains(.unendedLine))
    #expect(
      try kinds { topic in
        let metadata = String(decoding: topic.read("topic.json")!, as: UTF8.self)
        topic.write("topic.json", metadata.replacing("\"next\":60", with: "\"next\":61"))
      } == [.seal])
  }

  @Test func aTornTailIsFoundWithItsPlace() throws {
    try topic.fill(["a", "b"], sealed: false)
    topic.write(Self.segment, "a\nb\ntorn")
    let finding = try #require(try topic.verify().findings.first)
    #expect(finding.kind == .unendedLine && finding.offsets == 2..<3 && finding.bytes == 4..<8)
    #expect(
      finding.description == "\(topic.path)/\(Self.segment) offsets 2..<3 (bytes 4..<8): unendedLine: "
        + "expected a newline at the file's end, found 4 bytes without one")
  }
}
