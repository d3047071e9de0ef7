/// One line about how things are: rewritten in place on a terminal, a line now and then elsewhere.
final class ProgressLine {
  private let isQuiet: Bool
  private let isInteractive: Bool
  private var isShown = false
  private let clock = ContinuousClock()
  private var lastShown: ContinuousClock.Instant

  init(isQuiet: Bool = false) {
    self.isQuiet = isQuiet
    isInteractive = Terminal.isInteractive
    lastShown = clock.now
  }

  /// How often a new line is worth showing.
  var intervalNanoseconds: Int { isInteractive ? 100_000_000 : 5_000_000_000 }

  /// Shows a line, unless the one before it is too fresh.
  func show(_ text: @autoclosure () -> String) {
    guard !isQuiet, clock.now - lastShown >= .nanoseconds(intervalNanoseconds) else { return }
    lastShown = clock.now
    let text = text()
    guard isInteractive else { return Terminal.writeError(text) }
    // one column less than there are: a full line would wrap
    Terminal.writeRawError("\r\u{1B}[K" + String(text.prefix(max(10, Terminal.columns - 1))))
    isShown = true
  }

  func clear() {
    guard isShown else { return }
    Terminal.writeRawError("\r\u{1B}[K")
    isShown = false
  }

  /// Writes a line that stays.
  func say(_ text: String) {
    guard !isQuiet else { return }
    clear()
    Terminal.writeError(text)
  }
}
