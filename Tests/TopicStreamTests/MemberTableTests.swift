import Testing

@testable import TopicStream

struct MemberTableTests {
  @Test func isCompleteOnceEveryAwaitedNameIsThere() {
    var table = MemberTable(awaited: ["a", "b"], waitFor: ["g"], silenceNanoseconds: 10)
    #expect(table.missing == ["a", "b", "g"])
    #expect(table.acknowledge("a", topic: "t", next: 0, done: false, now: 0) == [.joined("a")])
    #expect(table.announce("g") == [.present("g")])
    #expect(table.announce("g") == [])
    #expect(table.missing == ["b"])
    // who never came cannot leave
    #expect(table.leave("b") == [])
    #expect(table.missing == ["b"])
    #expect(table.acknowledge("b", topic: "t", next: 0, done: false, now: 0) == [.joined("b")])
    #expect(table.leave("b") == [.left("b")])
    #expect(table.missing == [])
  }

  @Test func theSlowestHoldsATopicUp() {
    var table = MemberTable(awaited: ["a"], waitFor: ["b"], served: ["c"], silenceNanoseconds: 10)
    #expect(table.slowest(in: "t") == nil)
    _ = table.acknowledge("a", topic: "t", next: 7, done: false, now: 0)
    _ = table.acknowledge("b", topic: "t", next: 5, done: false, now: 0)
    _ = table.acknowledge("c", topic: "u", next: 1, done: false, now: 0)
    // whom nobody asked for holds nothing up
    _ = table.acknowledge("x", topic: "t", next: 0, done: false, now: 0)
    #expect(table.slowest(in: "t")?.name == "b")
    #expect(table.slowest(in: "t")?.next == 5)
    _ = table.acknowledge("b", topic: "t", next: 9, done: true, now: 0)
    #expect(table.slowest(in: "t")?.name == "a")
    _ = table.leave("a")
    #expect(table.slowest(in: "t") == nil)
  }

  @Test func aSilentMemberIsAGuestUntilItReturns() {
    var table = MemberTable(awaited: ["a"], silenceNanoseconds: 10)
    _ = table.acknowledge("a", topic: "t", next: 0, done: false, now: 5)
    #expect(table.notice(now: 15) == [])
    #expect(table.notice(now: 16) == [.silent("a")])
    #expect(table.notice(now: 17) == [])
    #expect(table.slowest(in: "t") == nil)
    #expect(table.missing == [])
    // one that is awaited still holds up the end
    #expect(table.unfinished == ["a"])
    #expect(table.acknowledge("a", topic: "t", next: 3, done: false, now: 20) == [.returned("a")])
    #expect(table.slowest(in: "t")?.next == 3)
  }

  @Test func isFinishedOnceEveryMemberIsDoneWithEveryTopic() {
    var table = MemberTable(awaited: ["a"], waitFor: ["x"], silenceNanoseconds: 10)
    #expect(table.unfinished == ["a"])
    _ = table.acknowledge("a", topic: "t", next: 3, done: true, now: 0)
    _ = table.acknowledge("a", topic: "u", next: 3, done: false, now: 0)
    _ = table.acknowledge("x", topic: "t", next: 3, done: false, now: 0)
    _ = table.acknowledge("stranger", topic: "t", next: 3, done: false, now: 0)
    #expect(table.unfinished == ["a", "x"])
    _ = table.acknowledge("a", topic: "u", next: 3, done: true, now: 0)
    #expect(table.unfinished == ["x"])
    // nobody waits for a guest who fell silent, and the done are never silent
    #expect(table.notice(now: 100) == [.silent("x")])
    #expect(table.unfinished == [])
  }

  @Test func isNotDoneBeforeItIsDoneWithAllItReads() {
    var table = MemberTable(awaited: ["a"], silenceNanoseconds: 10)
    _ = table.acknowledge("a", topic: "t", next: 3, done: true, reads: ["t", "u"], now: 0)
    #expect(table.unfinished == ["a"])
    _ = table.acknowledge("a", topic: "u", next: 3, done: true, reads: ["t", "u"], now: 0)
    #expect(table.unfinished == [])
  }

  @Test func noTimeOfDayWhateverOverflows() {
    for (first, second) in [(Int.max, Int.min), (Int.min, Int.max), (0, Int.min), (Int.max, 0), (-1, Int.max)] {
      var table = MemberTable(awaited: ["a"], silenceNanoseconds: 10)
      _ = table.acknowledge("a", topic: "t", next: 1, done: false, at: first, now: 0)
      _ = table.acknowledge("a", topic: "t", next: 2, done: false, at: second, now: 0)
      #expect(table.slowest(in: "t")?.next == 2)
    }
  }

  @Test func namesThatNobodyAskedForAreFewAndTheSilentOnesMakePlace() {
    var table = MemberTable(awaited: ["a"], silenceNanoseconds: 10)
    for number in 0..<1000 {
      if table.makePlace(for: "x\(number)", limit: 3) {
        _ = table.acknowledge("x\(number)", topic: "t", next: 0, done: false, now: number)
      }
      _ = table.announce("y\(number)", limit: 3)
      _ = table.leave("z\(number)")
      _ = table.notice(now: number)
      #expect(table.members.count <= 3)
      #expect(table.present.count <= 3)
    }
    // the last ones have taken the places of those that were silent for longest
    #expect(table.members.keys.allSatisfy { $0 > "x9" })
    let hasPlace = table.makePlace(for: "a", limit: 3)
    #expect(hasPlace)
    #expect(table.announce("a", limit: 3) == [.present("a")])
  }
}
