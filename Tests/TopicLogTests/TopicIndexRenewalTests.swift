import Records
import Testing

@testable import TopicLog

struct TopicIndexRenewalTests {
  let topic = TopicFixture()

  init() throws { try topic.fill(TopicFixture.lines(60, every: 7200), rollsAtMidnight: true) }

  private func renew() throws -> [TopicIndex.Renewal] {
    try TopicIndex.renew(directory: topic.path, timeOf: TopicFixture.timeOf) { line in
      (try? JSONValue(parsing: line)) == nil ? "no JSON" : nil
    }
  }

  private var indexNames: [String] { topic.names.filter { $0.hasSuffix(".index") } }

  @Test func saysWhatWasMissingAndWhatDiffered() throws {
    let names = indexNames
    let before = names.map { topic.read($0)! }
    topic.remove(names[0])
    topic.write(names[1], String(decoding: before[1], as: UTF8.self).replacing("crc32c\":\"", with: "crc32c\":\"0"))
    topic.write(names[2], before[2].dropLast(5))
    let kinds = try renew().map(\.kind)
    #expect(kinds == [.missing, .differed, .differed] + names.dropFirst(3).map { _ in .sound })
    #expect(try topic.verify().findings == [])
    #expect(indexNames.map { topic.read($0)! } == before)
  }

  @Test func messagesThatWereChangedOnPurposeAreTakenAsTheyAre() throws {
    let name = topic.segmentNames[1]
    topic.write(name, String(decoding: topic.read(name)!, as: UTF8.self).replacing("\"n\":1", with: "\"n\":2"))
    let renewal = try #require(try renew().first { $0.kind != .sound })
    #expect(renewal.kind == .differed && renewal.expected?.hasPrefix("CRC-32C") == true)
    #expect(try topic.verify().isSound)
  }

  @Test func bytesThatAreNoMessagesAreRefused() throws {
    let name = topic.segmentNames[1]
    var content = topic.read(name)!
    content[0] = UInt8(ascii: "[")
    topic.write(name, content)
    let sidecars = indexNames.map { topic.read($0) }
    let error = topicLogError { _ = try renew() }
    #expect(error?.code == .damaged && error?.offset == Int(name.prefix(20)) && error?.path.hasSuffix(name) == true)
    #expect(indexNames.map { topic.read($0) } == sidecars)
  }

  @Test func contentThatContradictsItsSealIsRefused() throws {
    let changes: [(TopicFixture) -> Void] = [
      { $0.remove($0.segmentNames[0]) }, { $0.remove($0.segmentNames[1]) }, { $0.remove($0.segmentNames.last!) },
      { $0.write($0.segmentNames[0], $0.read($0.segmentNames[0])! + Array("{}\n".utf8)) },
      { $0.write($0.segmentNames.last!, $0.read($0.segmentNames.last!)!.dropLast()) },
      { topic in
        let metadata = String(decoding: topic.read("topic.json")!, as: UTF8.self)
        topic.write("topic.json", metadata.replacing("\"next\":60", with: "\"next\":61"))
      },
    ]
    for change in changes {
      let topic = TopicFixture()
      try topic.fill(TopicFixture.lines(60, every: 7200), rollsAtMidnight: true)
      change(topic)
      let error = topicLogError {
        _ = try TopicIndex.renew(directory: topic.path, timeOf: TopicFixture.timeOf) { _ in nil }
      }
      #expect(error?.code == .damaged && error?.advice.contains("daylapse recover") == true)
    }
  }

  @Test func aSidecarWithoutASegmentIsRemoved() throws {
    topic.write("00000000000000000099.index", "")
    #expect(try renew().last?.kind == .stray)
    #expect(try topic.verify().isSound)
  }

  @Test func aTopicThatAWriterHasIsLeftAlone() throws {
    let writer = try topic.writer(.resume)
    #expect(topicLogError { _ = try renew() }?.code == .locked)
    try writer.close()
  }
}
