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

  // MARK: Jumps

  private func header(
    _ offset: Int, _ count: Int, epoch: Int, published: Int? = nil, complete: Bool = false, first: Int = 0
  ) -> DataHeader {
    DataHeader(
      run: "r", epoch: epoch, offset: offset, count: count, first: first, published: published, isComplete: complete)
  }

  @Test func whoeverFollowsStartsOverWhereAnEpochBegins() {
    var cursor = TopicCursor(followsJumps: true)
    #expect(cursor.receive(header(0, 4, epoch: 0)) == .deliver(skipping: 0))
    // forward, with no gap to be filled
    #expect(cursor.receive(header(50, 0, epoch: 1)) == .ignore)
    #expect(cursor.next == 50)
    #expect(!cursor.isBehind)
    #expect(cursor.receive(header(50, 2, epoch: 1)) == .deliver(skipping: 0))
    // and back; the announcement was lost
    #expect(cursor.receive(header(3, 2, epoch: 2, published: 52)) == .deliver(skipping: 0))
    #expect(cursor.next == 5)
    #expect(cursor.known == 5)
    // within an epoch a gap is a gap
    #expect(cursor.receive(header(7, 1, epoch: 2, published: 52)) == .fetch)
  }

  @Test func anAnswerFromAnotherEpochSaysNothingToWhoeverFollows() {
    var cursor = TopicCursor(followsJumps: true)
    #expect(cursor.receive(header(0, 4, epoch: 0)) == .deliver(skipping: 0))
    #expect(cursor.receive(header(4, 9, epoch: 1), isAnswer: true) == .ignore)
    #expect(cursor.epoch == 0)
    #expect(cursor.receive(header(50, 0, epoch: 1)) == .ignore)
    #expect(cursor.receive(header(4, 9, epoch: 0), isAnswer: true) == .ignore)
    #expect(cursor.receive(header(4, 9, epoch: 0)) == .ignore)
    #expect(cursor.next == 50)
  }

  @Test func aLatecomerTakesWhatWasShownBeforeTheJumpAsWell() {
    var cursor = TopicCursor(followsJumps: true)
    #expect(cursor.receive(header(50, 2, epoch: 3)) == .fetch)
    #expect(cursor.next == 0)
    #expect(cursor.epoch == 3)
  }

  @Test func whoeverDoesNotFollowDeliversEverythingOnce() {
    var cursor = TopicCursor()
    #expect(cursor.receive(header(0, 4, epoch: 0)) == .deliver(skipping: 0))
    // what was passed over is a gap
    #expect(cursor.receive(header(50, 0, epoch: 1)) == .fetch)
    #expect(cursor.receive(header(4, 46, epoch: 1), isAnswer: true) == .deliver(skipping: 0))
    // what is shown again is a repeat, and tells how far the topic has come
    #expect(cursor.receive(header(3, 2, epoch: 2, published: 50)) == .ignore)
    #expect(cursor.receive(header(5, 2, epoch: 2, published: 52)) == .fetch)
    #expect(cursor.known == 52)
    #expect(cursor.isBehind)
    #expect(!cursor.hasEnded)
    #expect(cursor.receive(header(9, 0, epoch: 2, published: 52, complete: true)) == .fetch)
    #expect(cursor.receive(header(50, 2, epoch: 2), isAnswer: true) == .deliver(skipping: 0))
    #expect(cursor.hasEnded)
  }

  @Test(arguments: [false, true])
  func aTopicMayBeginLaterThanAtZero(follows: Bool) {
    var cursor = TopicCursor(followsJumps: follows)
    #expect(cursor.receive(header(40, 3, epoch: 0, first: 40)) == .deliver(skipping: 0))
    #expect(cursor.next == 43)
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
