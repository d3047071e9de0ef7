import Records

/// How things are with a job: some lines rewritten in place on a terminal, a line with the time now and then elsewhere.
final class ProgressLine {
  /// What is over before this is not shown at all, in nanoseconds.
  private static let graceNanoseconds = 300_000_000
  /// At most ten frames a second: over a slow connection they are seen as well as a hundred.
  private static let frameNanoseconds = 100_000_000
  private static let plainNanoseconds = 5_000_000_000
  /// A change of what a job does is told at once, but not more often than this.
  private static let changeNanoseconds = 1_000_000_000

  let isQuiet: Bool
  /// Whether lines are rewritten in place.
  let isInteractive: Bool
  private let block: LiveBlock?
  private let clock = ContinuousClock()
  private var lastShown: ContinuousClock.Instant
  /// What was told since the last line that was due anyway: a state that comes and goes is told once.
  private var toldStates: Set<String> = []
  private let begun: ContinuousClock.Instant
  private var meter = RateMeter()
  private var meteredJob: String?

  init(isQuiet: Bool = false) {
    self.isQuiet = isQuiet
    isInteractive = Terminal.isInteractive && !isQuiet
    block = isInteractive ? LiveBlock() : nil
    begun = clock.now
    lastShown = begun
    if isInteractive { lastShown = clock.now - .nanoseconds(intervalNanoseconds - ProgressLine.graceNanoseconds) }
  }

  /// How often a new line is worth showing.
  var intervalNanoseconds: Int { isInteractive ? ProgressLine.frameNanoseconds : ProgressLine.plainNanoseconds }

  /// Shows a line, unless the one before it is too fresh.
  func show(_ text: @autoclosure () -> String) {
    guard isDue(state: nil) else { return }
    let text = text()
    show(plain: text) { layout in
      [StyledLine(text).cut(to: max(1, layout.columns - 1), ellipsis: layout.glyphs.ellipsis)]
    }
  }

  /// Shows how far a job has come, unless what was shown before is too fresh.
  ///
  /// - Parameters:
  ///   - name: What it does: `generating`.
  ///   - all: How much there is to do, where that is known.
  ///   - unit: What is counted: `users`.
  func show(_ name: String, _ done: Int, of all: Int? = nil, _ unit: String) {
    guard !isQuiet else { return }
    if name != meteredJob { (meteredJob, meter) = (name, RateMeter()) }
    let elapsed = (clock.now - begun).components
    meter.note(Double(done), at: Int(elapsed.seconds) * 1_000_000_000 + Int(elapsed.attoseconds / 1_000_000_000))
    guard isDue(state: nil) else { return }
    let view = JobView(name: name, done: done, all: all, unit: unit, rate: meter.perSecond)
    show(plain: view.plainText) { [view.line(columns: $0.columns, glyphs: $0.glyphs)] }
  }

  /// Shows a replay, or a stage, unless what was shown before is too fresh.
  func show(_ view: RunView) {
    guard isDue(state: RunLayout.stateName(view)) else { return }
    show(plain: isInteractive ? "" : RunLayout.plainText(view)) { $0.lines(of: view) }
  }

  private func show(plain: String, _ lines: (RunLayout) -> [StyledLine]) {
    lastShown = clock.now
    guard let block else { return Terminal.writeError("\(Terminal.timeOfDay)  \(plain)") }
    let size = Terminal.size
    let layout = RunLayout(columns: size.columns, rows: size.rows, glyphs: Terminal.isUTF8 ? .unicode : .ascii)
    block.draw(lines(layout), columns: size.columns)
  }

  private func isDue(state: String?) -> Bool {
    guard !isQuiet else { return false }
    let elapsed = clock.now - lastShown
    if elapsed >= .nanoseconds(intervalNanoseconds) {
      toldStates = []
    } else {
      guard let state, !isInteractive, elapsed >= .nanoseconds(ProgressLine.changeNanoseconds),
        !toldStates.contains(state)
      else { return false }
    }
    if let state { toldStates.insert(state) }
    return true
  }

  /// Takes away what is shown.
  func clear() { block?.erase() }

  /// Writes a line that stays, above what is shown.
  func say(_ text: String) {
    guard !isQuiet else { return }
    let text = VisibleText.of(text, allowing: ["\n", "\t"])
    guard let block else { return Terminal.writeError("\(Terminal.timeOfDay)  \(text)") }
    block.say(text)
  }
}
