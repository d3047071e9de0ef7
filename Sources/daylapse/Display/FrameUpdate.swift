/// What to send to a terminal so that a block of lines looks as it should, and no more than that.
///
/// The cursor is in the first column of the row below the block, before and after: whatever else is written there does
/// no harm, and a process that is killed leaves nothing to clean up.
enum FrameUpdate {
  /// - Parameters:
  ///   - old: The lines that are on the screen.
  ///   - new: The lines that are to be there.
  static func text(from old: [StyledLine], to new: [StyledLine], hasColour: Bool) -> String {
    guard old != new else { return "" }
    let first = zip(old, new).prefix { $0 == $1 }.count
    var text = up(old.count - first)
    for row in first..<max(first, new.count) {
      if row >= old.count {
        text += styled(new[row].cells[...], hasColour)
      } else if old[row] != new[row] {
        text += change(from: old[row].cells, to: new[row].cells, hasColour)
      }
      text += "\r\n"
    }
    if new.count < old.count { text += "\u{1B}[J" }
    return text
  }

  /// Takes a block away that takes so many rows.
  static func erase(rows: Int) -> String { rows > 0 ? up(rows) + "\r\u{1B}[J" : "" }

  private static func up(_ rows: Int) -> String { rows > 0 ? "\u{1B}[\(rows)A" : "" }

  /// Within a row: what is the same at its front and, where nothing moves, at its end stays.
  private static func change(from old: [StyledLine.Cell], to new: [StyledLine.Cell], _ hasColour: Bool) -> String {
    let front = zip(old, new).prefix { $0 == $1 }.count
    var end = new.count
    if old.count == new.count { while end > front, old[end - 1] == new[end - 1] { end -= 1 } }
    var text = front > 0 ? "\u{1B}[\(front)C" : ""
    text += styled(new[front..<end], hasColour)
    return new.count < old.count ? text + "\u{1B}[K" : text
  }

  private static func styled(_ cells: ArraySlice<StyledLine.Cell>, _ hasColour: Bool) -> String {
    guard hasColour else { return String(cells.map(\.character)) }
    var text = ""
    var style = StyledLine.Style.plain
    for cell in cells {
      if cell.style != style {
        if style != .plain { text += "\u{1B}[m" }
        text += cell.style.code
        style = cell.style
      }
      text.append(cell.character)
    }
    return style == .plain ? text : text + "\u{1B}[m"
  }
}
