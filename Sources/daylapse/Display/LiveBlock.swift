/// Some lines at the end of what is on the screen, rewritten in place; words that stay appear above them.
final class LiveBlock {
  private var shown: [StyledLine] = []
  private var columns = 0
  private let hasColour = Terminal.hasColour

  init() { TerminalMode.watchForContinuing() }

  /// Draws the lines, each at most a column narrower than the screen, which has so many. While somebody else has the
  /// screen, nothing is drawn.
  func draw(_ lines: [StyledLine], columns: Int) {
    noteStops()
    guard Terminal.isInForeground() else {
      shown = []
      return
    }
    var text = ""
    if columns < self.columns {
      text = FrameUpdate.erase(rows: LiveBlock.rows(of: shown, columns: columns, reflows: Terminal.reflows))
      shown = []
    }
    text += FrameUpdate.text(from: shown, to: lines, hasColour: hasColour)
    if !text.isEmpty { Terminal.writeRawError(text) }
    (shown, self.columns) = (lines, columns)
  }

  /// Takes the lines away.
  func erase() {
    let text = erasure()
    shown = []
    if !text.isEmpty { Terminal.writeRawError(text) }
  }

  /// Writes words that stay, above the lines.
  func say(_ words: String) {
    var text = erasure() + words + "\n"
    // lines that have become too long for the screen come with the next frame
    if Terminal.size.columns < columns { shown = [] }
    text += FrameUpdate.text(from: [], to: shown, hasColour: hasColour)
    Terminal.writeRawError(text)
  }

  private func erasure() -> String {
    noteStops()
    if !Terminal.isInForeground() { shown = [] }
    let columns = Terminal.size.columns
    return FrameUpdate.erase(
      rows: LiveBlock.rows(of: shown, columns: columns, reflows: columns < self.columns && Terminal.reflows))
  }

  /// How many rows lines take after the screen got narrower.
  static func rows(of lines: [StyledLine], columns: Int, reflows: Bool) -> Int {
    guard reflows, columns > 0 else { return lines.count }
    return lines.reduce(0) { $0 + max(1, ($1.width + columns - 1) / columns) }
  }

  /// A shell has written below the lines while this process was stopped: they are drawn anew, further down.
  private func noteStops() {
    if TerminalMode.hasBeenStopped() { shown = [] }
  }
}
