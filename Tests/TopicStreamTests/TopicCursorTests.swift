import TestSupport
import Testing

@testable import TopicStream

struct TopicCursorTests {
  private func header(_ offset: Int, _ count: Int, run: String = "r", end: Bool = false) -> DataHeader {
    DataHeader(run: run, offset: offset, count: count, isEnd: end)
  }

  @Test func deliversInOrderAndIgnoresRepeats() {
    var cursor = TopicCursor()
    #expect(cursor.receive(header(0, 3)) == .deliver(skipping: 0))
    #expect(cursor.receive(header(0, 3)) == .ignore)
    #expect(cursor.receive(header(1, 1)) == .ignore)
    #expect(cursor.receive(header(1, 4)) == .deliver(skipping: 2))
    #expect(cursor.next == 5)
    #expect(!cursor.isBehind)
  }

  @Test func fetchesWhatAGapOrAHeartbeatReveals() {
    var cursor = TopicCursor(next: 2)
    #expect(cursor.receive(header(5, 1)) == .fetch)
    #expect(cursor.next == 2)
    #expect(cursor.known == 6)
    #expect(cursor.isBehind)
    var late = TopicCursor()
    #expect(late.receive(header(0, 0)) == .ignore)
    #expect(late.receive(header(9, 0)) == .fetch)
  }

  @Test func endsOnceTheEndIsKnownAndReached() {
    var cursor = TopicCursor()
    #expect(!cursor.hasEnded)
    #expect(cursor.receive(header(2, 0, end: true)) == .fetch)
    #expect(!cursor.hasEnded)
    #expect(cursor.receive(header(0, 2)) == .deliver(skipping: 0))
    #expect(cursor.hasEnded)
    var empty = TopicCursor()
    #expect(empty.receive(header(0, 0, end: true)) == .ignore)
    #expect(empty.hasEnded)
  }

  @Test func anotherRunMeansToStartOver() {
    var cursor = TopicCursor()
    _ = cursor.receive(header(0, 1))
    #expect(cursor.receive(header(1, 1, run: "s")) == .startOver)
    #expect(cursor.next == 1)
    var known = TopicCursor(next: 4, run: "s")
    #expect(known.note(header(0, 0)) == .startOver)
  }

  @Test func aHeldCursorTakesNoteAndNothingElse() {
    var cursor = TopicCursor(isHeld: true)
    #expect(cursor.receive(header(0, 2)) == .ignore)
    #expect(cursor.next == 0)
    #expect(cursor.isBehind)
    cursor.isHeld = false
    #expect(cursor.note(header(0, 4)) == .ignore)
    #expect(!cursor.isHeld)
    #expect(cursor.known == 4)
    #expect(cursor.receive(header(0, 2)) == .deliver(skipping: 0))
  }

  @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
  func everyMessageIsDeliveredOnceWhateverArrives(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var cursor = TopicCursor()
    var delivered = 0
    for _ in 0..<2000 {
      let published = min(300, delivered + 20)
      let offset: Int
      if random.chance(3) { offset = cursor.next } else { offset = Int.random(in: 0...published, using: &random) }
      let count = Int.random(in: 0...(published - offset), using: &random)
      let before = cursor.next
      switch cursor.receive(header(offset, count, end: published == 300 && offset + count == 300)) {
      case .deliver(let skipping):
        #expect(offset + skipping == before)
        #expect(skipping < count)
        delivered = offset + count
        #expect(cursor.next == delivered)
      case .fetch: #expect(offset > before)
      case .ignore: #expect(offset + count <= before)
      case .startOver: Issue.record("seed \(seed): a new run")
      }
    }
    #expect(cursor.hasEnded, "seed \(seed)")
  }
}
