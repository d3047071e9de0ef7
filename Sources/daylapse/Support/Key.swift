/// A key that was pressed.
enum Key: Equatable, Sendable {
  /// A key that writes something, the space bar included.
  case character(Character)
  case up, down, left, right
  case enter, escape, backspace, tab
}
