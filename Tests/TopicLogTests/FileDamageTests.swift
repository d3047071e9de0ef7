import Foundation
import Records
import Testing

@testable import TopicLog

/// What is made of files that were cut, changed, lost or mixed up.
///
/// Checksums are compared by `TopicVerifier`, and by a writer that resumes for the last segment's finished blocks.
/// `TopicReader` compares none: it finds what does not fit in number and place of lines.
struct FileDamageTests {
  static let lines = TopicFixture.lines(8, every: 25_200, padding: 0..<5)

  private static func topic(sealed: Bool) throws -> TopicFixture {
    let topic = TopicFixture()
    try topic.fill(lines, rollsAtMidnight: true, sealed: sealed)
    return topic
  }

  /// All files of a topic but the lock.
  private func files(_ topic: TopicFixture) -> [String: [UInt8]] {
    Dictionary(uniqueKeysWithValues: topic.names.filter { $0 != ".lock" }.map { ($0, topic.read($0)!) })
  }

  /// Puts files back as they were, with some changed and some left out.
  private func restore(_ topic: TopicFixture, _ files: [String: [UInt8]], _ changes: [String: [UInt8]?] = [:]) {
    for (name, original) in files {
      let content = changes[name] ?? original
      if content == nil, topic.read(name) != nil { topic.remove(name) }
      if let content, topic.read(name) != content { topic.write(name, content) }
    }
  }

  @Test(arguments: [true, false])
  func resumesAfterACutAnywhereInItsLastRecords(keepsSidecars: Bool) throws {
    let whole = try Self.topic(sealed: true)
    let topic = try Self.topic(sealed: false)
    let files = files(topic)
    let segments = topic.segmentNames
    #expect(segments.count == 3)
    var written = 0
    for (position, name) in segments.enumerated() {
      let content = files[name]!
      let later = segments[(position + 1)...].flatMap { [$0, $0.replacing(".jsonl", with: ".index")] }
      // every byte of the last records, and where segments begin and end
      for cut in content.indices where position == segments.count - 1 || cut < 3 || cut + 3 > content.count {
        var changes: [String: [UInt8]?] = [name: Array(content[..<cut])]
        for name in later { changes.updateValue(nil, forKey: name) }
        for name in files.keys where !keepsSidecars && name.hasSuffix(".index") {
          changes.updateValue(nil, forKey: name)
        }
        restore(topic, files, changes)
        let kept = written + content[..<cut].count { $0 == 10 }
        let writer = try topic.writer(.resume, rollsAtMidnight: true)
        #expect(writer.nextOffset == kept && writer.watermark == watermarks(Self.lines)[kept])
        let torn = cut - (content[..<cut].lastIndex(of: 10).map { $0 + 1 } ?? 0)
        #expect(writer.tornTail?.byteCount == (torn == 0 ? nil : torn))
        #expect(torn == 0 || writer.tornTail?.offset == kept && writer.tornTail?.path.hasSuffix(name) == true)
        try writer.append(Array(Self.lines[kept...]), batch: 4)
        try writer.seal()
        try writer.close()
        guard self.files(topic) == self.files(whole) else {
          Issue.record("\(name) cut at \(cut): not the bytes of the undisturbed topic")
          return
        }
      }
      written += content.count { $0 == 10 }
    }
  }

  @Test(arguments: [true, false])
  func aFlippedBitOutsideTheRecordsNeverChangesARecord(sealed: Bool) throws {
    let topic = try Self.topic(sealed: sealed)
    try eachFlip(topic, of: [".index", ".json"]) { place in
      let error = topicLogError {
        let reader = try topic.reader()
        let read = try reader.lines(maxBytes: 100)
        #expect(read == Self.lines, "\(place)")
        #expect(try topic.reader().lines(from: 4) == Array(Self.lines[4...]), "\(place)")
        // what a sidecar says of time is believed by readers, and found out by whoever verifies
        let isRight = try reader.watermark == watermarks(Self.lines).last!
        #expect(try isRight || !topic.verify().isSound, "\(place)")
      }
      // topic.json alone can make a topic unreadable
      if let error { expectNamed(error, place, [.damaged, .unsupportedFormat], "topic.json") }
    }
  }

  @Test func aFlippedBitInARecordIsFoundByWhoeverVerifies() throws {
    let topic = try Self.topic(sealed: true)
    try eachFlip(topic, of: [".jsonl"]) { place in
      let error = topicLogError {
        let read = try topic.reader().lines(maxBytes: 100)
        #expect(read.count == Self.lines.count, "\(place): a record more or less is an error")
      }
      if let error { expectNamed(error, place, [.damaged], ".jsonl") }
      let findings = try topic.verify().findings
      #expect(findings.contains { $0.kind == .checksum && $0.path.hasSuffix(place.name) }, "\(place)")
    }
  }

  @Test func aFlippedBitIsNamedOrMendedByAWriterThatResumes() throws {
    let topic = try Self.topic(sealed: true)
    let last = topic.segmentNames.last!
    let files = files(topic)
    try eachFlip(topic, of: [".index", ".json", ".jsonl"], every: 3) { place in
      defer { restore(topic, files) }
      let isRecord = place.name.hasSuffix(".jsonl")
      let error = topicLogError {
        try topic.writer(.resume, rollsAtMidnight: true).close()
        #expect(place.name != last, "\(place): checksums of the last segment are compared")
        let read = try topic.reader().lines()
        #expect(isRecord || read == Self.lines, "\(place)")
      }
      guard let error else { return }
      expectNamed(error, place, [.damaged, .unsupportedFormat, .identityMismatch], "")
      if place.name == last { #expect(error.offset != nil && error.expected != nil && error.actual != nil) }
    }
  }

  @Test func sidecarsAreMadeAgainWhereTheyBelongToOtherSegments() throws {
    for sealed in [true, false] {
      let topic = try Self.topic(sealed: sealed)
      let files = files(topic)
      let sidecars = topic.names.filter { $0.hasSuffix(".index") }
      for name in sidecars {
        for other in sidecars where other != name && files[other] != files[name] {
          restore(topic, files, [name: files[other]])
          #expect(try topic.reader().lines() == Self.lines)
          #expect(try topic.reader().lines(from: 4) == Array(Self.lines[4...]))
          try topic.writer(.resume, rollsAtMidnight: true).close()
          #expect(try topic.verify().findings == [])
        }
      }
    }
  }

  /// A sidecar of another topic can fit a segment in all but what it says of lines.
  @Test func aSidecarOfAnotherTopicIsNotBelieved() throws {
    let lines = TopicFixture.lines(4000, padding: 50..<150)
    let topic = TopicFixture()
    try topic.fill(lines, sealed: false)
    let other = TopicFixture()
    try other.fill(TopicFixture.lines(3500, padding: 60..<140, seed: 2), sealed: false)
    let name = TopicIndexTests.index
    #expect(other.read(name)!.count { $0 == 10 } >= 4)
    topic.write(name, other.read(name)!)
    let read = topicLogError { try #expect(topic.reader().lines(from: 3000) == Array(lines[3000...])) }
    #expect(read?.code == .damaged && read?.path.hasSuffix(name) == true)
    #expect(try topic.verify().isSound == false)
    let resumed = topicLogError { _ = try topic.writer(.resume) }
    #expect(resumed?.code == .damaged && resumed?.offset == 0)
    topic.remove(name)
    #expect(try topic.reader().lines(from: 3000) == Array(lines[3000...]))
  }

  /// One sidecar's line says a line too many; all after it would be numbered wrongly.
  @Test func aWriterThatResumesCountsLinesItself() throws {
    let lines = TopicFixture.lines(4000, padding: 50..<150)
    let whole = TopicFixture()
    try whole.fill(lines)
    try topic(lines: lines, spoiling: "count") { topic in
      let writer = try topic.writer(.resume)
      #expect(writer.nextOffset == 3500)
      try writer.append(Array(lines[3500...]), batch: 50)
      try writer.seal()
      try writer.close()
      #expect(try topic.verify().findings == [])
      #expect(try topic.reader().lines(from: 3600) == Array(lines[3600...]))
    }
  }

  private func topic(lines: [String], spoiling member: String, _ body: (TopicFixture) throws -> Void) throws {
    for line in 0..<4 {
      let topic = TopicFixture()
      try topic.fill(Array(lines[..<3500]), sealed: false)
      var text = String(decoding: topic.read(TopicIndexTests.index)!, as: UTF8.self).split(separator: "\n")
      let found = try #require(text[line].firstRange(of: "\"\(member)\":"))
      let digit = text[line][found.upperBound]
      text[line].replaceSubrange(
        found.upperBound...found.upperBound, with: String(UInt8(String(digit))! ^ (digit == "9" ? 1 : 2)))
      topic.write(TopicIndexTests.index, text.map { $0 + "\n" }.joined())
      try body(topic)
    }
  }

  @Test func emptyFilesAreErrorsOrMadeAgain() throws {
    let topic = try Self.topic(sealed: true)
    let files = files(topic)
    for name in files.keys {
      restore(topic, files, [name: []])
      let error = topicLogError { try #expect(topic.reader().lines() == Self.lines) }
      if name.hasSuffix(".index") {
        #expect(error == nil)
      } else {
        #expect(error?.code == .damaged && error?.expected != nil && error?.actual != nil, "\(name)")
        #expect(error?.path.hasPrefix(topic.path) == true)
      }
    }
  }

  @Test func aMissingSegmentIsNamedByReadersAndWriters() throws {
    for sealed in [true, false] {
      let topic = try Self.topic(sealed: sealed)
      let files = files(topic)
      for name in topic.segmentNames.dropLast() {
        for withSidecar in [true, false] {
          let sidecar = name.replacing(".jsonl", with: ".index")
          restore(topic, files, withSidecar ? [name: nil] : [name: nil, sidecar: nil])
          let first = Int(name.prefix(20))!
          if first > 0 {
            let read = topicLogError { _ = try topic.reader().lines() }
            #expect(read?.code == .damaged && read?.offset == first)
          }
          let resumed = topicLogError { _ = try topic.writer(.resume, rollsAtMidnight: true) }
          #expect(resumed?.code == (first > 0 ? .damaged : .notFound), "\(name): \(resumed as Any)")
          #expect(first == 0 || resumed?.offset == first)
        }
      }
    }
  }

  @Test func aSegmentThatIsLongerThanItsSuccessorSaysIsNamedBySeeking() throws {
    let topic = TopicFixture()
    try topic.fill(Array(Self.lines[..<2]), sealed: false)
    topic.write("00000000000000000002.jsonl", "")
    let first = topic.segmentNames[0]
    topic.write(first, topic.read(first)! + Array((Self.lines[2..<5].joined(separator: "\n") + "\n").utf8))
    let time = try #require(watermarks(Self.lines)[5])
    let error = topicLogError { _ = try topic.reader().offset(atOrAfter: time) }
    #expect(error?.code == .damaged && error?.path.hasSuffix(first) == true)
    #expect(error?.expected == "lines up to offset 2" && error?.actual == "lines up to 5")
  }

  // MARK: Bits

  private struct Place: CustomStringConvertible {
    var name: String
    var byte: Int
    var bit: UInt8
    var description: String { "\(name) byte \(byte) bit \(bit)" }
  }

  /// Flips one bit of every byte, or every so many bytes, of some of a topic's files.
  private func eachFlip(
    _ topic: TopicFixture, of suffixes: [String], every step: Int = 1, _ body: (Place) throws -> Void
  ) throws {
    var random = SplitMix64(state: 5)
    for (name, content) in files(topic).sorted(by: { $0.key < $1.key }) where suffixes.contains(where: name.hasSuffix) {
      for byte in stride(from: Int.random(in: 0..<step, using: &random), to: content.count, by: step) {
        let place = Place(name: name, byte: byte, bit: UInt8.random(in: 0..<8, using: &random))
        var spoiled = content
        spoiled[byte] ^= 1 << place.bit
        topic.write(name, spoiled)
        try body(place)
        topic.write(name, content)
      }
    }
  }

  private func expectNamed(_ error: TopicLogError, _ place: Place, _ codes: [TopicLogError.Code], _ suffix: String) {
    #expect(codes.contains(error.code), "\(place): \(error)")
    #expect(
      error.path.hasSuffix(suffix)
        || ["topic.json", ".index", suffix].contains { error.expected?.contains($0) == true },
      "\(place): \(error)")
    #expect(error.expected != nil && error.actual != nil && !error.advice.isEmpty, "\(place): \(error)")
  }
}
