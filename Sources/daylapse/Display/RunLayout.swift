import Records
import Replay

/// Puts what is known of a replay on lines that fit a screen: a line for the replay, one for each stage, one for keys.
///
/// What stands in one place stays there from frame to frame. On narrow screens what matters least is left out.
struct RunLayout {
  var columns: Int
  var rows: Int
  var glyphs: Glyphs

  /// The widest bar, its ends included, and the narrowest that says anything.
  private static let barWidths = 10...42
  private static let speedWidth = 16
  private static let timeLeftWidth = "ETA 12 h 05 m".count
  private static let percentWidth = "100 %".count
  private static let tailBeginning = 10

  /// A full line would have some terminals wrap.
  private var width: Int { max(1, columns - 1) }

  /// The lines, none wider than a column less than the screen, at least one row fewer than it has.
  func lines(of view: RunView) -> [StyledLine] {
    var lines = view.hasReplay ? [head(view)] : []
    lines += stages(view)
    if view.showsHelp {
      lines += help(view)
    } else if !view.keys.isEmpty {
      lines.append(keys(view))
    }
    return lines.prefix(max(1, rows - 1)).map { $0.cut(to: width, ellipsis: glyphs.ellipsis) }
  }

  // MARK: The replay

  private func head(_ view: RunView) -> StyledLine {
    var line = StyledLine()
    if let clock = view.clock { line.add(time(clock, in: view), .strong) }
    if line.width > 0 { line.add("  ") }
    let (asked, measured) = speed(view)
    var middle = asked + measured
    var middleWidth = max(RunLayout.speedWidth, middle.width)
    // it keeps its place while it is not known
    var timeLeft: String? = ""
    if view.state == .running, let seconds = view.secondsLeft { timeLeft = "ETA \(Figures.estimate(seconds))" }

    let percentWidth = view.fraction == nil ? 0 : RunLayout.percentWidth + 2
    /// What a bar may take, its distance to the left included.
    func room() -> Int {
      width - line.width - middleWidth - percentWidth - (timeLeft == nil ? 0 : RunLayout.timeLeftWidth + 2) - 2
    }
    if room() < RunLayout.barWidths.lowerBound, !measured.cells.isEmpty {
      middle = asked
      middleWidth = max("100 d/s".count, middle.width)
    }
    if room() < RunLayout.barWidths.lowerBound { timeLeft = nil }
    if room() < RunLayout.barWidths.lowerBound, view.state == .running {
      middle = StyledLine()
      middleWidth = 0
    }
    let bar = min(room(), RunLayout.barWidths.upperBound)
    let start = line.width
    line += middle
    guard let fraction = view.fraction else { return line }
    line.fill(to: start + middleWidth)
    let gap = middleWidth == 0 ? "" : "  "
    if bar >= RunLayout.barWidths.lowerBound { line.add(gap + glyphs.bar(fraction, width: bar)) }
    guard line.width + percentWidth <= width else { return line }
    // a replay is over when its last message is, not when it is nearly
    line.add("  " + "\(Int((min(max(fraction, 0), 1) * 100).rounded(.down))) %".aligned(to: RunLayout.percentWidth))
    if let timeLeft { line.add("  " + timeLeft) }
    return line.withoutBlanksAtTheEnd
  }

  /// What the replay does, and how fast it is: as asked for, and as measured.
  private func speed(_ view: RunView) -> (asked: StyledLine, measured: StyledLine) {
    switch view.state {
    case .starting: return (StyledLine("starting"), StyledLine())
    case .paused: return (StyledLine("paused", .striking), StyledLine(" (\(view.speed))"))
    case .catchingUp: return (StyledLine("catching up", .striking), StyledLine(" (\(view.speed))"))
    case .finishing: return (StyledLine("finishing"), StyledLine())
    case .waiting(let what): return (StyledLine(what, .striking), StyledLine())
    case .running:
      let measured = view.achievedFactor.map { " (\(SpeedText.achieved($0, asked: view.speed)))" } ?? ""
      return (StyledLine("\(view.speed)"), StyledLine(measured))
    }
  }

  /// Simulated time, with seconds where one can see them go by.
  private func time(_ time: EventTime, in view: RunView) -> String {
    var length = "2025-01-01 12:30".count
    if case .factor(let factor) = view.speed, factor < 600 { length += 3 }
    return String(time.description.replacing("T", with: " ").prefix(length))
  }

  // MARK: Stages

  private func stages(_ view: RunView) -> [StyledLine] {
    let tails = view.stages.map(tail)
    let nameWidth = max(12, (view.stages.map(\.name.count).max() ?? 0) + 2)
    let rateWidth = "1,234,567/s".count
    let lagWidth = "lag 4,826,796".count + 2
    let timeWidth =
      view.stages.compactMap { $0.time.map { time($0, in: view).count + 2 } }.max() ?? (view.hasReplay ? 18 : 0)
    let totalWidth = "480,526,796 in all".count + 2
    let tailWidth = min(24, tails.map { $0.width == 0 ? 0 : $0.width + 2 }.max() ?? 0)
    let hasLag = nameWidth + rateWidth + lagWidth <= width
    let hasTime = nameWidth + rateWidth + lagWidth + timeWidth + tailWidth <= width
    let hasTotal = nameWidth + rateWidth + lagWidth + timeWidth + totalWidth + 24 <= width
    return zip(view.stages, tails).map { stage, tail in
      var line = StyledLine(stage.name)
      line.fill(to: nameWidth)
      line.add((stage.rate.map { "\(Figures.grouped(Int($0.rounded())))/s" } ?? "").aligned(to: rateWidth))
      var next = nameWidth + rateWidth
      /// Adds a field whose place is as wide as this, the distance to the one before it included.
      func add(_ text: String?, width: Int, _ style: StyledLine.Style = .plain) {
        line.fill(to: next + 2)
        line.add(text ?? "", style)
        next += width
      }
      if hasLag { add(stage.lag.map { "lag \(Figures.grouped($0))" }, width: lagWidth) }
      if hasTime { add(stage.time.map { time($0, in: view) }, width: timeWidth) }
      if hasTotal {
        add("\(Figures.grouped(stage.messages)) in all".aligned(to: totalWidth - 2), width: totalWidth, .faint)
      }
      // a beginning that says nothing is worse than nothing
      if tail.width > 0, next + 2 + min(tail.width, RunLayout.tailBeginning) <= width {
        line.fill(to: next + 2)
        line += tail
      }
      return line.withoutBlanksAtTheEnd
    }
  }

  /// What is to be said of a stage beyond its figures.
  private func tail(_ stage: RunView.Stage) -> StyledLine {
    var line = StyledLine()
    func add(_ text: String, _ style: StyledLine.Style = .plain) {
      if line.width > 0 { line.add("  ") }
      line.add(text, style)
    }
    if stage.isDone { add("done", .faint) } else if let note = stage.note { add(note, .striking) }
    if let rejected = stage.rejected, rejected > 0 { add("rejected \(Figures.grouped(rejected))") }
    if stage.restarts > 0 { add(stage.restarts == 1 ? "1 restart" : "\(stage.restarts) restarts", .striking) }
    return line
  }

  // MARK: Keys

  private func keys(_ view: RunView) -> StyledLine {
    var line = StyledLine()
    let last = "? help"
    for key in view.keys {
      guard let short = key.short else { continue }
      let text = "\(sign(key)) \(short)\(glyphs.separator)"
      if line.width + text.count + last.count > width { break }
      line.add(text, .faint)
    }
    line.add(last, .faint)
    return line
  }

  private func help(_ view: RunView) -> [StyledLine] {
    let rows = view.keys.map { (sign($0), $0.long) } + [("?", "closes this help")]
    let signWidth = (rows.map(\.0.count).max() ?? 0) + 2
    return rows.map { StyledLine("\($0.padded(to: signWidth))\($1)", .faint) }
  }

  private func sign(_ key: KeyHelp) -> String {
    switch key.sign {
    case .text(let text): text
    case .right: glyphs.right
    case .upAndDown: glyphs.upAndDown
    }
  }
}

extension RunLayout {
  /// Names what a replay does, without figures that change all the time.
  static func stateName(_ view: RunView) -> String {
    switch view.state {
    case .waiting(let what): what.filter { !$0.isNumber && $0 != "," }
    default: "\(view.state)"
    }
  }

  /// The same on one line, for files that are read later: nothing in it stays in its place.
  static func plainText(_ view: RunView) -> String {
    var parts: [String] = []
    if view.hasReplay {
      if let clock = view.clock { parts.append(clock.description.replacing("T", with: " ")) }
      switch view.state {
      case .starting: parts.append("starting")
      case .running:
        let measured = view.achievedFactor.map { " (\(SpeedText.achieved($0, asked: view.speed)))" } ?? ""
        parts.append("\(view.speed)\(measured)")
      case .paused: parts.append("paused (\(view.speed))")
      case .catchingUp: parts.append("catching up (\(view.speed))")
      case .finishing: parts.append("finishing")
      case .waiting(let what): parts.append(what)
      }
      if let fraction = view.fraction { parts.append("\(Figures.decimal(fraction * 100, 1)) %") }
      if view.state == .running, let seconds = view.secondsLeft { parts.append("ETA \(Figures.estimate(seconds))") }
    }
    // what all wait for need not be said of a stage again
    let said = view.hasReplay ? view.state : nil
    for stage in view.stages {
      var figures: [String] = []
      if let rate = stage.rate { figures.append("\(Figures.grouped(Int(rate.rounded())))/s") }
      if !view.hasReplay { figures.append("\(Figures.grouped(stage.messages)) in all") }
      if let lag = stage.lag { figures.append("lag \(Figures.grouped(lag))") }
      if !view.hasReplay, let time = stage.time { figures.append(time.description.replacing("T", with: " ")) }
      if stage.isDone {
        figures.append("done")
      } else if let note = stage.note, said != .waiting(note) {
        figures.append(note)
      }
      if let rejected = stage.rejected, rejected > 0 { figures.append("rejected \(Figures.grouped(rejected))") }
      if stage.restarts > 0 { figures.append("restarts \(stage.restarts)") }
      if !figures.isEmpty { parts.append("\(stage.name) \(figures.joined(separator: " "))") }
    }
    return parts.joined(separator: "  ")
  }
}
