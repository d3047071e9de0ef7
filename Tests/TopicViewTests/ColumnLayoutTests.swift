import TestSupport
import Testing

@testable import TopicView

struct ColumnLayoutTests {
  private func need(_ header: Int, _ value: Int, cut: Bool = false) -> ColumnLayout.Need {
    ColumnLayout.Need(header: header, value: value, canBeCut: cut)
  }

  @Test func everyColumnGetsWhatItNeedsWhereThereIsRoom() {
    let needs = [need(7, 3), need(4, 19), need(6, 40, cut: true)]
    #expect(ColumnLayout.widths(needs, limit: nil) == [7, 19, 40])
    #expect(ColumnLayout.widths(needs, limit: 70) == [7, 19, 40])
  }

  @Test func headersAreCutBeforeTexts() {
    let needs = [need(20, 3), need(4, 19), need(6, 40, cut: true)]
    #expect(ColumnLayout.widths(needs, limit: 73) == [10, 19, 40])
    #expect(ColumnLayout.widths(needs, limit: 58) == [5, 19, 30])
  }

  @Test func columnsOnTheRightAreLeftOutWhereCuttingDoesNotDo() {
    let needs = [need(5, 10), need(5, 19), need(6, 19), need(7, 3)]
    #expect(ColumnLayout.widths(needs, limit: 40) == [10, 19])
    #expect(ColumnLayout.widths(needs, limit: 5) == [5])
    #expect(ColumnLayout.widths([], limit: 5) == [])
  }

  /// Takes one character off the widest column at a time.
  private func cutOneByOne(_ needs: [ColumnLayout.Need], limit: Int) -> [Int] {
    var widths = needs.map { max($0.header, $0.value) }
    let afterHeaders = needs.map { max($0.value, min($0.header, 5)) }
    let afterTexts = zip(needs, afterHeaders).map { $0.canBeCut ? min($1, 10) : $1 }
    for minimums in [afterHeaders, afterTexts] {
      while ColumnLayout.total(widths) > limit,
        let widest = widths.indices.filter({ widths[$0] > minimums[$0] }).max(by: { widths[$0] < widths[$1] })
      {
        widths[widest] -= 1
      }
    }
    return widths
  }

  @Test(arguments: [4, 5] as [UInt64])
  func theWidestAreCutFirstAndAllAlike(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<500 {
      let needs = (0..<Int.random(in: 1...9, using: &random)).map { _ in
        need(
          Int.random(in: 1...25, using: &random), Int.random(in: 0...60, using: &random),
          cut: Bool.random(using: &random))
      }
      let limit = Int.random(in: 1...250, using: &random)
      let expected = cutOneByOne(needs, limit: limit)
      guard ColumnLayout.total(expected) <= limit else { continue }
      #expect(ColumnLayout.widths(needs, limit: limit) == expected, "\(needs) in \(limit)")
    }
  }

  @Test func aHundredThousandColumnsAreLaidOut() {
    let needs = (0..<100_000).map { need($0 % 200, $0 % 77, cut: true) }
    #expect(ColumnLayout.total(ColumnLayout.widths(needs, limit: 120)) <= 120)
    #expect(ColumnLayout.total(ColumnLayout.widths(needs, limit: 3_000_000)) <= 3_000_000)
  }

  @Test func roomThatIsLeftGoesToWhatWasCut() {
    let needs = [need(20, 3), need(4, 19), need(6, 19)]
    #expect(ColumnLayout.widths(needs, limit: 44) == [20, 19])
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func neverExceedsTheLimit(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<2000 {
      let needs = (0..<Int.random(in: 1...9, using: &random)).map { _ in
        need(
          Int.random(in: 1...25, using: &random), Int.random(in: 0...60, using: &random),
          cut: Bool.random(using: &random))
      }
      let limit = Int.random(in: 1...150, using: &random)
      let widths = ColumnLayout.widths(needs, limit: limit)
      #expect(!widths.isEmpty && widths.count <= needs.count)
      #expect(ColumnLayout.total(widths) <= limit, "\(needs) in \(limit)")
      #expect(zip(widths, needs).allSatisfy { $0 <= max($1.header, $1.value) })
    }
  }
}
