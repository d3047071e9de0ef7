import Records
import Testing

@testable import TopicLog

struct TopicRecoveryTests {
  let topic = TopicFixture()
  let target = TopicFixture()
  private let lines = TopicFixture.lines(60, every: 7200)

  private func recovery(skipsDamage: Bool = false) throws -> TopicRecovery {
    try TopicRecovery(directory: topic.path, skipsDamage: skipsDamage) { line in
      (try? JSONValue(parsing: line)) == nil ? "no JSON" : nil
    }
  }

  /// Recovers and gives what is in the new topic, which is sound.
  private func kept(skipsDamage: Bool = false) throws -> (lines: [String], losses: [TopicRecovery.Loss]) {
    let recovery = try recovery(skipsDamage: skipsDamage)
    let identity = TopicIdentity(name: "events.raw", run: "new", digest: "d")
    try recovery.write(
      to: target.path, identity: identity, options: .init(rollsAtMidnight: true), timeOf: TopicFixture.timeOf)
    #expect(try target.verify().findings == [])
    let kept = try target.reader().lines()
    #expect(kept.count == recovery.keptCount)
    return (kept, recovery.losses)
  }

  private func fill() throws { try topic.fill(lines, rollsAtMidnight: true) }

  private func flipBit(of name: String, at byte: Int = 30) {
    var content = topic.read(name)!
    content[byte] ^= 1
    topic.write(name, content)
  }

  private func first(_ position: Int) -> Int { Int(topic.segmentNames[position].prefix(20))! }

  @Test func aSoundTopicIsKeptWhole() throws {
    try fill()
    let recovery = try recovery()
    #expect(recovery.isWhole && recovery.losses == [] && recovery.keptCount == 60 && recovery.uncheckedCount == 0)
    #expect(try kept().lines == lines)
    #expect(target.segmentNames == topic.segmentNames)
  }

  @Test func theFirstDamageEndsTheTopic() throws {
    try fill()
    let name = topic.segmentNames[2]
    flipBit(of: name)
    let before = topic.names.map { topic.read($0) }
    let (kept, losses) = try kept()
    #expect(kept == Array(lines[..<first(2)]))
    #expect(losses[0].kind == .damaged && losses[0].path.hasSuffix(name))
    #expect(losses[0].offsets == first(2)..<first(3) && losses[0].bytes == 0..<topic.read(name)!.count)
    #expect(losses.dropFirst().allSatisfy { $0.kind == .behind })
    #expect(losses.compactMap(\.offsets).reduce(0) { $0 + $1.count } == 60 - kept.count)
    #expect(topic.names.map { topic.read($0) } == before)
  }

  @Test func whatIsSoundBehindDamageIsKeptUnderNewOffsets() throws {
    try fill()
    flipBit(of: topic.segmentNames[2])
    let recovery = try recovery(skipsDamage: true)
    #expect(recovery.firstMovedOffset == first(3) && !recovery.isWhole)
    #expect(try kept(skipsDamage: true).lines == Array(lines[..<first(2)] + lines[first(3)...]))
  }

  @Test func aFileThatIsMissingIsSaidWithItsOffsets() throws {
    try fill()
    let (second, third) = (first(1), first(2))
    topic.remove(topic.segmentNames[1])
    let (kept, losses) = try kept(skipsDamage: true)
    #expect(kept == Array(lines[..<second] + lines[third...]))
    #expect(losses.map(\.kind) == [.missing] && losses[0].offsets == second..<third)
  }

  @Test func linesThatTheSealPromisesAreSaidToBeMissing() throws {
    try fill()
    let last = first(topic.segmentNames.count - 1)
    topic.remove(topic.segmentNames.last!)
    let (kept, losses) = try kept()
    #expect(kept == Array(lines[..<last]))
    #expect(losses.map(\.kind) == [.missing] && losses[0].offsets == last..<60)
  }

  @Test func aTornTailIsNoLossOfMessages() throws {
    let writer = try topic.writer(.create)
    try writer.append(Array(lines[..<5]), batch: 5)
    try writer.close()
    topic.write("00000000000000000000.jsonl", topic.read("00000000000000000000.jsonl")! + Array("{\"t".utf8))
    let recovery = try recovery()
    #expect(recovery.isWhole && recovery.losses.map(\.kind) == [.torn] && recovery.losses[0].offsets == nil)
    #expect(try kept().lines == Array(lines[..<5]))
    #expect(try !target.reader().isSealed)
  }

  @Test func withoutSidecarsLinesThatAreNoMessagesEndTheTopic() throws {
    try topic.fill(lines)
    topic.remove("00000000000000000000.index")
    var text = String(decoding: topic.read("00000000000000000000.jsonl")!, as: UTF8.self).split(separator: "\n")
    text[20] = "{\"t\":"
    topic.write("00000000000000000000.jsonl", text.joined(separator: "\n") + "\n")
    let (kept, losses) = try kept()
    #expect(kept == Array(lines[..<20]))
    #expect(losses[0].offsets == 20..<21 && losses[0].reason == "no JSON")
    #expect(try recovery().uncheckedCount == 20)
  }

  @Test func aSidecarThatCountsWrongIsNotBelieved() throws {
    try topic.fill(lines)
    let index = String(decoding: topic.read("00000000000000000000.index")!, as: UTF8.self)
    topic.write("00000000000000000000.index", index.replacing("\"count\":60", with: "\"count\":61"))
    #expect(try kept().lines == lines)
    #expect(try recovery().isWhole)
  }

  @Test func anyFlippedBitLeavesASoundBeginning() throws {
    try topic.fill(Array(lines[..<24]), rollsAtMidnight: true)
    var random = SplitMix64(state: 5)
    for name in topic.names where !name.hasPrefix(".") {
      let content = topic.read(name)!
      for _ in 0..<12 {
        var spoiled = content
        spoiled[Int.random(in: content.indices, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        topic.write(name, spoiled)
        let recovery: TopicRecovery
        do { recovery = try self.recovery() } catch { continue }
        let path = target.path + "/\(random.next())"
        try recovery.write(
          to: path, identity: TopicFixture.identity, options: .init(rollsAtMidnight: true),
          timeOf: TopicFixture.timeOf)
        #expect(try TopicVerifier.verify(directory: path, timeOf: TopicFixture.timeOf).findings == [])
        let kept = try TopicReader(directory: path, timeOf: TopicFixture.timeOf).lines()
        #expect(kept == Array(lines[..<kept.count]), "\(name)")
      }
      topic.write(name, content)
    }
  }

  @Test func aTopicThatAWriterHasIsNotLocked() throws {
    let writer = try topic.writer(.create)
    try writer.append(lines, batch: 60)
    let error = topicLogError {
      _ = try TopicRecovery(directory: topic.path, skipsDamage: false, isLocked: true) { _ in nil }
    }
    #expect(error?.code == .locked)
    #expect(try recovery().keptCount == 60)
    try writer.close()
  }

  @Test func whatWasWrittenHalfIsRemoved() throws {
    try fill()
    try TopicRecovery.discard(topic.path)
    #expect(topicLogError { _ = try TopicOutline(directory: topic.path) }?.code == .notFound)
  }
}
