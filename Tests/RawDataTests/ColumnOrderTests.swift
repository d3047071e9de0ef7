import Testing

@testable import RawData

struct ColumnOrderTests {
  private func agreed(_ messages: [[String]]) -> [String] {
    var order = ColumnOrder()
    for fields in messages { order.add(fields) }
    return order.agreed
  }

  @Test func isThatOfEveryMessage() {
    #expect(agreed([["b"], ["a", "b"]]) == ["a", "b"])
    #expect(agreed([["x"], ["y"], ["y", "x"], ["z", "y"]]) == ["z", "y", "x"])
    #expect(agreed([["a", "c"], ["b", "c"], ["a", "b"]]) == ["a", "b", "c"])
  }

  @Test func isThatOfTheFirstMessagesWhereNothingSpeaksAgainstIt() {
    #expect(agreed([["c"], ["a"], ["b"]]) == ["c", "a", "b"])
    #expect(agreed([]) == [])
  }

  @Test func isFoundForAHundredThousandNames() {
    let names = (0..<100_000).map { "c\($0)" }
    // seen backwards, two by two
    let pairs = zip(names, names.dropFirst()).map { [$0, $1] }
    #expect(agreed(pairs.reversed()) == names)
    #expect(agreed([names]) == names)
    #expect(agreed([names, names.reversed()]).count == names.count)
  }

  @Test func hasEveryNameOnceWhereMessagesContradictEachOther() {
    #expect(agreed([["a", "b"], ["b", "a"], ["c"]]).sorted() == ["a", "b", "c"])
    #expect(agreed([["a", "a"]]) == ["a"])
  }
}
