/// What is shown of a job that goes through something from its front to its end.
struct JobView: Equatable {
  /// What it does: `generating`.
  var name: String
  var done: Int
  /// How much there is; nothing where that is not known.
  var all: Int?
  /// What is counted: `users`.
  var unit: String
  /// How much is done in a second.
  var rate: Double?

  /// `1,110 of 3,000 users`.
  private var count: String {
    // units are plurals that end in s
    let unit = (all ?? done) == 1 ? String(unit.dropLast()) : unit
    return "\(Figures.grouped(done))\(all.map { " of \(Figures.grouped($0))" } ?? "") \(unit)"
  }

  private var percent: String? {
    all.map { $0 > 0 ? "\(Int((Double(done) / Double($0) * 100).rounded(.down))) %" : "100 %" }
  }

  /// How long it will take, or how fast it is where nobody knows.
  private var outlook: String? {
    guard let rate, rate > 0 else { return nil }
    guard let all else { return "\(Figures.grouped(Int(rate.rounded())))/s" }
    return "ETA \(Figures.estimate(Double(all - done) / rate))"
  }

  /// The same on one line, for files that are read later.
  var plainText: String { [name, percent, count, outlook].compactMap { $0 }.joined(separator: "  ") }

  /// One line that fits.
  func line(columns: Int, glyphs: Glyphs) -> StyledLine {
    var line = StyledLine("\(name)  ")
    let counted = count.count + (outlook.map { $0.count + 2 } ?? 0)
    let room = columns - 1 - line.width - "100 %".count - 4 - counted
    if let all, let percent {
      if room >= 10 { line.add(glyphs.bar(Double(done) / Double(max(all, 1)), width: min(room, 30)) + "  ") }
      line.add(percent.aligned(to: "100 %".count) + "  ")
    }
    line.add(count)
    if let outlook { line.add("  " + outlook) }
    return line.cut(to: max(1, columns - 1), ellipsis: glyphs.ellipsis)
  }
}
