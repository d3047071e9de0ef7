import Records

/// Messages per day as bars of text. Days are put together to weeks, months or years until there are few enough bars.
struct DayChart {
  /// How many messages there are of each day that has some.
  var counts: [CivilDate: Int]
  /// How many columns a line may have.
  var width: Int
  /// How many bars there may be.
  var barLimit = 31

  enum Span: String, CaseIterable {
    case day, week, month, year, decade, century
  }

  struct Bar: Equatable {
    /// `2025-01-06`, of a week its Monday; `2025-01`, `2025`, of decades and centuries the first year.
    var label: String
    var count: Int
  }

  /// What a bar stands for: the shortest span of which there are few enough.
  var span: Span {
    guard let first = counts.keys.min(), let last = counts.keys.max() else { return .day }
    return Span.allCases.first { $0.number(of: last) - $0.number(of: first) < barLimit } ?? .century
  }

  /// The bars from the first day to the last, those between them that have no message as well.
  var bars: [Bar] {
    guard let first = counts.keys.min(), let last = counts.keys.max() else { return [] }
    let span = span
    let start = span.number(of: first)
    var sums = Array(repeating: 0, count: span.number(of: last) - start + 1)
    for (day, count) in counts { sums[span.number(of: day) - start] += count }
    return sums.enumerated().map { Bar(label: span.label(of: start + $0), count: $1) }
  }

  /// A line for each bar, and one before them that says what they are.
  var lines: [String] {
    let bars = bars
    guard let highest = bars.map(\.count).max(), highest > 0 else { return [] }
    let labelWidth = bars.map(\.label.count).max() ?? 0
    let countWidth = Figures.grouped(highest).count
    let room = max(1, width - labelWidth - countWidth - 4)
    let title = span == .week ? "messages per week, by its Monday" : "messages per \(span.rawValue)"
    return [String(title.prefix(width))]
      + bars.map { bar in
        let length = bar.count == 0 ? 0 : max(1, Int((Double(bar.count) / Double(highest) * Double(room)).rounded()))
        let count = Figures.grouped(bar.count).aligned(to: countWidth)
        let line = "\(bar.label.padded(to: labelWidth))  \(count)  \(String(repeating: "#", count: length))"
        return bar.count == 0 ? String(line.reversed().drop { $0 == " " }.reversed()) : line
      }
  }
}

extension DayChart.Span {
  /// The number of the span that a day lies in; consecutive spans have consecutive numbers.
  func number(of date: CivilDate) -> Int {
    let (year, month, _) = date.components
    switch self {
    case .day: return Int(date.daysSinceEpoch)
    case .week: return DayChart.Span.weekNumber(Int(date.daysSinceEpoch))
    case .month: return year * 12 + month - 1
    case .year: return year
    case .decade: return year / 10
    case .century: return year / 100
    }
  }

  func label(of number: Int) -> String {
    switch self {
    case .day: return CivilDate(daysSinceEpoch: Int32(number)).description
    // 1970-01-01 was a Thursday: week 0 began three days before
    case .week:
      return CivilDate(daysSinceEpoch: max(CivilDate.earliest.daysSinceEpoch, Int32(number * 7 - 3))).description
    case .month: return padded(number / 12, 4) + "-" + padded(number % 12 + 1, 2)
    case .year: return padded(number, 4)
    case .decade: return padded(number * 10, 4)
    case .century: return padded(number * 100, 4)
    }
  }

  private static func weekNumber(_ day: Int) -> Int {
    let shifted = day + 3
    return shifted >= 0 ? shifted / 7 : (shifted - 6) / 7
  }

  private func padded(_ number: Int, _ digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
