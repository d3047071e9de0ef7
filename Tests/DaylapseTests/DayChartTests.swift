import Records
import Testing

@testable import daylapse

struct DayChartTests {
  private func chart(_ days: Int, from first: String = "2025-01-06", width: Int = 80) -> DayChart {
    let start = CivilDate(first)!.daysSinceEpoch
    let counts = (0..<days).map { (CivilDate(daysSinceEpoch: start + Int32($0)), 1000 * ($0 % 7 + 1)) }
    return DayChart(counts: Dictionary(uniqueKeysWithValues: counts), width: width)
  }

  @Test(arguments: [
    (1, DayChart.Span.day), (31, .day), (32, .week), (120, .week), (400, .month), (3660, .year), (40_000, .decade),
    (900_000, .century),
  ])
  func manyDaysArePutTogether(days: Int, span: DayChart.Span) {
    let chart = chart(days)
    #expect(chart.span == span)
    #expect((1...31).contains(chart.bars.count))
    #expect(chart.bars.reduce(0) { $0 + $1.count } == chart.counts.values.reduce(0, +))
  }

  @Test(arguments: [30, 80, 200])
  func linesFitTheWidth(width: Int) {
    for days in [1, 20, 100, 1000, 5000] {
      let lines = chart(days, width: width).lines
      #expect(lines.allSatisfy { $0.count <= width })
      #expect(lines.dropFirst().map(\.count).max() == width)
    }
  }

  @Test func daysWithoutMessagesHaveALineWithoutABar() {
    let days = [("2025-01-31", 4), ("2025-02-02", 1000)].map { (CivilDate($0.0)!, $0.1) }
    let lines = DayChart(counts: Dictionary(uniqueKeysWithValues: days), width: 30).lines
    #expect(
      lines == [
        "messages per day", "2025-01-31      4  #", "2025-02-01      0", "2025-02-02  1,000  ###########",
      ])
  }

  @Test func weeksBeginOnMondaysAlsoLongAgo() {
    #expect(DayChart.Span.week.label(of: DayChart.Span.week.number(of: CivilDate("2025-01-12")!)) == "2025-01-06")
    #expect(DayChart.Span.week.label(of: DayChart.Span.week.number(of: CivilDate("1969-12-28")!)) == "1969-12-22")
    #expect(DayChart.Span.week.label(of: DayChart.Span.week.number(of: CivilDate("1970-01-01")!)) == "1969-12-29")
  }

  @Test func withoutMessagesThereIsNoChart() { #expect(DayChart(counts: [:], width: 80).lines == []) }
}
