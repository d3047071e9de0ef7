import Records
import Testing

@testable import TopicLog

struct TopicOutlineTests {
  let topic = TopicFixture()

  private func outline() throws -> TopicOutline { try TopicOutline(directory: topic.path) }

  @Test func saysWhatLiesInTheFolder() throws {
    try topic.fill(TopicFixture.lines(60, every: 7200), rollsAtMidnight: true)
    let outline = try outline()
    #expect(outline.identity == TopicFixture.identity && outline.sealedNext == 60 && outline.problem == nil)
    #expect(outline.segments.map(\.first) == topic.segmentNames.map { Int($0.prefix(20))! })
    #expect(outline.segments.map(\.next) == outline.segments.dropFirst().map(\.first) + [60])
    #expect(outline.byteCount == topic.segmentNames.reduce(0) { $0 + topic.read($1)!.count })
    #expect(outline.segments.allSatisfy(\.hasIndex) && outline.isSealed && !outline.isMadeByHand)
  }

  @Test func aTopicThatIsBeingWrittenEndsWithItsLastWholeLine() throws {
    let writer = try topic.writer(.create)
    try writer.append(["a", "b"], batch: 2)
    topic.write("00000000000000000000.jsonl", "a\nb\nhal")
    let outline = try outline()
    #expect(outline.nextOffset == 2 && !outline.isSealed && outline.problem == nil)
    try writer.close()
  }

  @Test func aTopicMadeByHandIsComplete() throws {
    topic.write("00000000000000000007.jsonl", "a\nb")
    let outline = try outline()
    #expect(outline.isMadeByHand && outline.isSealed && (outline.firstOffset, outline.nextOffset) == (7, 9))
  }

  @Test func damageIsAProblemAndNoFailure() throws {
    try topic.fill(["a", "b"])
    topic.write("00000000000000000000.jsonl", "a\n")
    #expect(try outline().problem?.code == .damaged)
    topic.write("topic.json", "{")
    let outline = try outline()
    #expect(outline.problem?.path.hasSuffix("topic.json") == true && outline.nextOffset == 1 && !outline.isMadeByHand)
  }

  @Test func aFolderWithoutMessagesIsNoTopic() throws {
    #expect(try !TopicOutline.isTopic(directory: topic.path) && !TopicOutline.isTopic(directory: topic.path + "/none"))
    topic.write("schema.json", "{}")
    #expect(try !TopicOutline.isTopic(directory: topic.path))
    #expect(topicLogError { _ = try outline() }?.code == .notFound)
    try topic.fill([])
    #expect(try TopicOutline.isTopic(directory: topic.path))
  }
}
