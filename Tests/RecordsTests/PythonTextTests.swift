import TestSupport
import Testing

@testable import Records

/// Texts are trimmed and put in lower case as Python does it: held against what Python gave for every character.
struct PythonTextTests {
  /// What `Tests/Fixtures/python/make_text.py` wrote.
  private struct Table {
    var unicode = ""
    var lower: [UInt32: String] = [:]
    var spaces: Set<UInt32> = []
    var sigma: [UInt32: Int] = [:]

    init() throws {
      for line in try Fixture.text("python/text.txt").split(separator: "\n") {
        let words = line.split(separator: " ").map(String.init)
        func code(_ index: Int) -> UInt32 { UInt32(words[index], radix: 16)! }
        switch words[0] {
        case "unicode": unicode = words[1]
        case "lower" where words[2] == "=":
          lower[code(1)] = String(
            String.UnicodeScalarView((3..<words.count).map { Unicode.Scalar(code($0))! }))
        case "lower":
          for value in stride(from: code(1), through: code(2), by: Int(words[3])!) {
            lower[value] = String(Character(Unicode.Scalar(UInt32(Int(value) + Int(words[4])!))!))
          }
        case "space": spaces.formUnion(code(1)...code(2))
        default: for value in code(1)...code(2) { sigma[value] = Int(words[3])! }
        }
      }
    }
  }

  /// Every character but those that came after the version of Unicode that the table was made with.
  private static func characters(upTo unicode: String) -> [Unicode.Scalar] {
    let major = Int(unicode.prefix { $0 != "." })!
    return (UInt32(0)...0xFFFFF).compactMap { Unicode.Scalar($0) }.filter {
      $0.properties.age.map { $0.major <= major } ?? true
    }
  }

  private func trimmed(_ text: String) -> String {
    Array(text.utf8).withUnsafeBytes { String(decoding: $0.trimmed, as: UTF8.self) }
  }

  @Test func everyCharacterIsPutInLowerCaseAsPythonDoesIt() throws {
    let table = try Table()
    var wrong: [String] = []
    for scalar in Self.characters(upTo: table.unicode) {
      let text = String(Character(scalar))
      if Array(text.inLowerCase.unicodeScalars) != Array((table.lower[scalar.value] ?? text).unicodeScalars) {
        wrong.append(scalar.escape)
      }
    }
    #expect(wrong == [])
  }

  @Test func everyCharacterIsTrimmedAsPythonDoesIt() throws {
    let table = try Table()
    var wrong: [String] = []
    for scalar in Self.characters(upTo: table.unicode) {
      let text = String(Character(scalar))
      let isSpace = table.spaces.contains(scalar.value)
      // a letter that combines stays with the one before it
      let kept = isSpace ? "x" : "\(text)x\(text)"
      if Array(trimmed("\(text)x\(text)").utf8) != Array(kept.utf8) { wrong.append(scalar.escape) }
      if trimmed(text + text).isEmpty != isSpace { wrong.append(scalar.escape) }
    }
    #expect(wrong == [])
  }

  @Test func aSigmaEndsAWordWherePythonSaysSo() throws {
    let table = try Table()
    var wrong: [String] = []
    // the planes in between have no letters with case, and nothing that case ignores
    for scalar in Self.characters(upTo: table.unicode) where !(0x20000..<0xE0000).contains(scalar.value) {
      let text = String(Character(scalar))
      let forms = [text + "Σ", "aΣ" + text, "a" + text + "Σ"]
      let places = [text.inLowerCase.unicodeScalars.count, 1, 1 + text.inLowerCase.unicodeScalars.count]
      var bits = 0
      for index in 0..<3 where Array(forms[index].inLowerCase.unicodeScalars)[places[index]] == "ς" {
        bits |= 1 << index
      }
      if bits != table.sigma[scalar.value] ?? 0 { wrong.append("\(scalar.escape): \(bits)") }
    }
    // two that Unicode has made letters of another kind since
    #expect(Set(wrong).subtracting(["\\u{0295}: 2", "\\u{1171E}: 2"]) == [])
  }

  @Test func wordsAreTrimmedAndPutInLowerCase() {
    #expect(trimmed("\u{A0}\u{2003}Login\u{85}\u{1F}") == "Login")
    #expect(trimmed("\u{200B}Login\u{FEFF}") == "\u{200B}Login\u{FEFF}")
    #expect("ΟΔΥΣΣΕΥΣ".inLowerCase == "οδυσσευς")
    #expect("LOG\u{130}N".inLowerCase.unicodeScalars.map(\.value) == "logi\u{307}n".unicodeScalars.map(\.value))
  }

  @Test func numbersAndTimesAreTrimmedAlike() {
    func bytes<Result>(_ text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
      Array(text.utf8).withUnsafeBytes(body)
    }
    #expect(bytes("\u{A0}7.0\u{3000}") { NumberText.integer($0) } == 7)
    #expect(bytes("\u{2003}7.5\u{1C}") { NumberText.double($0) } == 7.5)
    #expect(EventTime("\u{A0}2025-01-06T10:00:00\u{85}") == EventTime("2025-01-06T10:00:00"))
    #expect(bytes("٣") { NumberText.integer($0) } == nil)
  }
}
