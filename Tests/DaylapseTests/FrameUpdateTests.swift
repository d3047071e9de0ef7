import Records
import TestSupport
import Testing

@testable import daylapse

struct FrameUpdateTests {
  private let escape = "\u{1B}"

  private func update(_ old: [String], _ new: [String]) -> String {
    FrameUpdate.text(from: old.map { StyledLine($0) }, to: new.map { StyledLine($0) }, hasColour: false)
  }

  @Test func whatIsThereAlreadyCostsNothing() {
    #expect(update(["a", "b"], ["a", "b"]) == "")
    #expect(update([], []) == "")
  }

  @Test func onlyTheCharactersThatChangeAreSent() {
    #expect(update([], ["one", "two"]) == "one\r\ntwo\r\n")
    #expect(update(["lag 12 x", "same"], ["lag 13 x", "same"]) == "\(escape)[2A\(escape)[5C3\r\n\r\n")
    #expect(update(["same", "lag 12"], ["same", "lag 9"]) == "\(escape)[1A\(escape)[4C9\(escape)[K\r\n")
  }

  @Test func aBlockThatShrinksLeavesNothingBehind() {
    #expect(update(["a", "b", "c"], ["a"]) == "\(escape)[2A\(escape)[J")
    #expect(update(["a"], []) == "\(escape)[1A\(escape)[J")
  }

  @Test func coloursEndWhereTheyShould() {
    let line = StyledLine("paused", .striking) + StyledLine(" now")
    let text = FrameUpdate.text(from: [], to: [line], hasColour: true)
    #expect(text == "\(escape)[33mpaused\(escape)[m now\r\n")
    #expect(FrameUpdate.text(from: [], to: [line], hasColour: false) == "paused now\r\n")
    // a change of colour alone is a change
    #expect(FrameUpdate.text(from: [line], to: [StyledLine("paused now")], hasColour: true).contains("paused"))
  }

  @Test func aNarrowerScreenMayHaveBrokenLines() {
    let lines = [60, 0, 61, 119].map { StyledLine(String(repeating: "x", count: $0)) }
    #expect(LiveBlock.rows(of: lines, columns: 60, reflows: true) == 1 + 1 + 2 + 2)
    #expect(LiveBlock.rows(of: lines, columns: 60, reflows: false) == 4)
    #expect(FrameUpdate.erase(rows: 6) == "\(escape)[6A\r\(escape)[J")
    #expect(FrameUpdate.erase(rows: 0) == "")
  }

  @Test func wordsOfOthersCannotMoveTheCursor() {
    #expect(
      VisibleText.of("a\u{1B}[2Jb\r\u{9B}1Ac\td\ne", allowing: ["\n", "\t"]) == "a\\u{1B}[2Jb\\u{D}\\u{9B}1Ac\td\ne")
    #expect(VisibleText.of("plain – ünd 数据") == "plain – ünd 数据")
  }

  /// Whatever follows whatever, the screen shows the new lines and the cursor is below them.
  @Test func anyFrameAfterAnyOtherIsDrawnRight() {
    var random = SeededRandom(seed: 7)
    var screen = PlainScreen()
    var shown: [StyledLine] = []
    for _ in 0..<500 {
      let lines = (0..<Int.random(in: 0..<6, using: &random)).map { _ in
        StyledLine(String((0..<Int.random(in: 0..<9, using: &random)).map { _ in random.pick(["a", "b", " "]) }))
      }
      screen.write(FrameUpdate.text(from: shown, to: lines, hasColour: false))
      shown = lines
      #expect(screen.lines(lines.count) == lines.map(\.text.trimmingEnd))
      #expect(screen.column == 0 && screen.row == lines.count)
      #expect(screen.rest(after: lines.count).allSatisfy { $0 == " " })
    }
  }
}

/// As much of a terminal as the display makes use of, with row 0 as the block's first.
private struct PlainScreen {
  private var cells = Array(repeating: Array(repeating: Character(" "), count: 40), count: 20)
  private(set) var row = 0
  private(set) var column = 0

  mutating func write(_ text: String) {
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\r": column = 0
      case "\n": row += 1
      case "\u{1B}":
        rest.removeFirst()
        let digits = rest.prefix { ("0"..."9").contains($0) }
        rest = rest.dropFirst(digits.count)
        let number = Int(String(digits)) ?? 0
        switch rest.popFirst() {
        case "A": row -= number
        case "C": column += number
        case "K": for at in column..<40 { cells[row][at] = " " }
        case "J":
          for at in column..<40 { cells[row][at] = " " }
          for below in (row + 1)..<20 { cells[below] = Array(repeating: " ", count: 40) }
        default: Issue.record("an escape sequence that the display should not need")
        }
      default:
        cells[row][column] = Character(scalar)
        column += 1
      }
    }
  }

  func lines(_ count: Int) -> [String] {
    cells.prefix(count).map { String($0).trimmingEnd }
  }

  func rest(after row: Int) -> [Character] { cells.dropFirst(row).flatMap { $0 } }
}

extension String {
  fileprivate var trimmingEnd: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
