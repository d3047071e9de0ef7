import Records

/// The line of progress of a whole run.
struct RunDisplay {
  let line: ProgressLine
  private var lastShown: Int?
  private var lastCount = 0
  private var lastCountAt: Int?
  private var rate = 0.0
  /// Shown instead, when there is nothing to see yet.
  var note: String?

  init(line: ProgressLine) { self.line = line }

  /// Shows how things are, now and then. `now` is in nanoseconds.
  mutating func update(_ supervisor: Supervisor, now: Int) {
    guard let shown = lastShown else {
      lastShown = now - line.intervalNanoseconds + 500_000_000
      return
    }
    guard now - shown >= line.intervalNanoseconds else { return }
    lastShown = now
    let producer = supervisor.stage("producer")
    let count = producer?.messages ?? 0
    if let at = lastCountAt, now > at {
      rate = Double(count - lastCount) / (Double(now - at) / 1e9)
    }
    (lastCount, lastCountAt) = (count, now)
    var parts = ["\(producer?.clock?.replacing("T", with: " ") ?? "starting")"]
    // a stage that waits makes those before it wait: the last one has the reason
    let waiting = supervisor.stages.last { $0.waiting != nil && $0.report == nil }?.waiting
    if let note = note ?? (producer?.waiting == nil ? nil : waiting) {
      parts.append(note)
    } else {
      let all = count + (producer?.lag ?? 0)
      parts.append("\(Figures.percent(count, of: all).aligned(to: 7))")
      if rate > 0 { parts.append("\(Figures.grouped(Int(rate))) events/s") }
      let lags = supervisor.stages.dropFirst().map { "\($0.process.name) \(Figures.grouped($0.lag))" }
      parts.append("lag: " + lags.joined(separator: " "))
    }
    line.show(parts.joined(separator: "  "))
  }
}

extension String {
  func replacing(_ character: Character, with other: Character) -> String {
    String(map { $0 == character ? other : $0 })
  }
}
