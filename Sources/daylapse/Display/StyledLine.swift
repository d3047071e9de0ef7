/// A line of the screen: characters a column wide, and how each of them looks.
struct StyledLine: Equatable {
  enum Style {
    case plain, faint, strong
    /// What a person should look at.
    case striking

    /// What turns it on, after a reset.
    var code: String {
      switch self {
      case .plain: ""
      case .faint: "\u{1B}[2m"
      case .strong: "\u{1B}[1m"
      case .striking: "\u{1B}[33m"
      }
    }
  }

  struct Cell: Equatable {
    var character: Character
    var style: Style
  }

  private(set) var cells: [Cell] = []

  init() {}

  init(_ text: String, _ style: Style = .plain) { add(text, style) }

  /// How many columns it takes.
  var width: Int { cells.count }

  var text: String { String(cells.map(\.character)) }

  /// Goes on with some text. What does not surely take one column of any terminal becomes a question mark: names of
  /// consumers come from elsewhere.
  mutating func add(_ text: String, _ style: Style = .plain) {
    cells += text.map { Cell(character: $0.isOneColumnWide ? $0 : "?", style: style) }
  }

  static func += (line: inout StyledLine, other: StyledLine) { line.cells += other.cells }

  /// Goes on with blanks up to a column.
  mutating func fill(to column: Int) {
    if column > width { add(String(repeating: " ", count: column - width)) }
  }

  static func + (left: StyledLine, right: StyledLine) -> StyledLine {
    var line = left
    line += right
    return line
  }

  var withoutBlanksAtTheEnd: StyledLine {
    var line = self
    while line.cells.last?.character == " " { line.cells.removeLast() }
    return line
  }

  /// As much of it as fits.
  func cut(to width: Int, ellipsis: String) -> StyledLine {
    guard self.width > width else { return self }
    var line = StyledLine()
    line.cells = Array(cells.prefix(max(0, width - ellipsis.count)))
    line.add(String(ellipsis.prefix(width)))
    return line
  }
}

extension Character {
  /// Whether every terminal shows it in one column: neither control characters, nor marks, nor wide ones.
  var isOneColumnWide: Bool {
    guard unicodeScalars.count == 1, let scalar = unicodeScalars.first else { return false }
    switch scalar.value {
    case 0x20...0x7E: return true
    case 0xA0..<0x300, 0x370..<0x483, 0x48A..<0x530, 0x1E00..<0x2000: return scalar.value != 0xAD
    // punctuation, arrows, lines and blocks
    case 0x2010...0x2027, 0x2030...0x205E, 0x2190...0x21FF, 0x2500...0x259F: return true
    default: return false
    }
  }
}
