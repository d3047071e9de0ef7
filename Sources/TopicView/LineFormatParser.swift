/// Takes a pattern of ``LineFormat`` apart.
struct LineFormatParser {
  static let widthLimit = 1000

  private let text: String
  private let characters: [Character]
  private var at = 0
  private var pieces: [LineFormat.Piece] = []
  private var literal = ""
  /// Whether the last thing read was an escape that ends a message.
  private var endsItself = false

  init(_ text: String) {
    self.text = text
    characters = Array(text)
  }

  mutating func parse() throws(LineFormatError) -> [LineFormat.Piece] {
    guard !characters.isEmpty else { throw error("it is empty: name fields in braces, such as {user_id}", at: 0) }
    while at < characters.count {
      let character = characters[at]
      endsItself = false
      switch character {
      case "\\": try escape()
      case "{" where next == "{", "}" where next == "}":
        literal.append(character)
        at += 2
      case "{": try placeholder()
      case "}": throw error("a } that nothing opened: write }} for the brace itself", at: at)
      default:
        literal.append(character)
        at += 1
      }
    }
    if !endsItself { literal.append("\n") }
    flush()
    return pieces
  }

  private var next: Character? { at + 1 < characters.count ? characters[at + 1] : nil }

  private mutating func flush() {
    if !literal.isEmpty { pieces.append(.literal(Array(literal.utf8))) }
    literal = ""
  }

  private mutating func escape() throws(LineFormatError) {
    switch next {
    case "t": literal.append("\t")
    case "r": literal.append("\r")
    case "\\": literal.append("\\")
    case "n", "0":
      literal.append(next == "n" ? "\n" : "\0")
      endsItself = true
    case nil: throw error("a \\ at the end: write \\\\ for the character itself", at: at)
    case let other?:
      throw error("\\\(other) is no escape: there are \\t, \\n, \\r, \\0 and \\\\", at: at)
    }
    at += 2
  }

  private mutating func placeholder() throws(LineFormatError) {
    let open = at
    guard let close = characters[open...].firstIndex(of: "}") else {
      throw error("a { that nothing closes: write {{ for the brace itself", at: open)
    }
    let inside = characters[(open + 1)..<close]
    let colon = inside.firstIndex(of: ":") ?? close
    let name = String(inside[..<colon])
    guard !name.isEmpty else { throw error("no name between the braces: write {user_id}, say", at: open + 1) }
    let fitting = colon < close ? try self.fitting(colon + 1, close) : LineFormat.Fitting()
    flush()
    if name.hasPrefix("@") {
      guard let place = LineFormat.Place(rawValue: String(name.dropFirst())) else {
        let known = LineFormat.Place.allCases.map { "{@\($0.rawValue)}" }.joined(separator: ", ")
        throw error("there is no {\(name)}: there are \(known), and fields without @", at: open + 1)
      }
      pieces.append(.place(place, fitting))
    } else {
      pieces.append(.field(Array(name.utf8), fitting))
    }
    at = close + 1
  }

  /// Reads `[<|>][WIDTH][.LIMIT]`.
  private func fitting(_ start: Int, _ end: Int) throws(LineFormatError) -> LineFormat.Fitting {
    var fitting = LineFormat.Fitting()
    var at = start
    if at < end, characters[at] == "<" || characters[at] == ">" {
      fitting.isRightAligned = characters[at] == ">"
      at += 1
    }
    let point = characters[at..<end].firstIndex(of: ".") ?? end
    if point > at || point == end { fitting.width = try number(at, point, "width") }
    if point < end { fitting.limit = try number(point + 1, end, "length") }
    return fitting
  }

  private func number(_ start: Int, _ end: Int, _ what: String) throws(LineFormatError) -> Int {
    let digits = String(characters[start..<end])
    guard let number = Int(digits), digits.allSatisfy(\.isNumber), (1...LineFormatParser.widthLimit).contains(number)
    else {
      throw error(
        "\(digits.isEmpty ? "no \(what)" : "\"\(digits)\" is no \(what)"): give a number from 1 to "
          + "\(LineFormatParser.widthLimit), as in {user_id:>6} or {detail:<20.40}", at: start)
    }
    return number
  }

  private func error(_ problem: String, at index: Int) -> LineFormatError {
    LineFormatError(text: text, position: index + 1, problem: problem)
  }
}
