import Testing

@testable import daylapse

struct KeyDecoderTests {
  private func keys(_ text: String) -> [Key] {
    var decoder = KeyDecoder()
    return decoder.decode(text.utf8) + decoder.flush()
  }

  @Test func plainKeysAreWhatTheyWrite() {
    #expect(keys(" ?q5ö") == [.character(" "), .character("?"), .character("q"), .character("5"), .character("ö")])
    #expect(keys("\r\n\t\u{7F}\u{08}") == [.enter, .enter, .tab, .backspace, .backspace])
  }

  @Test(arguments: ["\u{1B}[", "\u{1B}O", "\u{1B}[1;5"])
  func arrowsComeInSeveralForms(start: String) {
    #expect(keys("\(start)A\(start)B\(start)C\(start)D") == [.up, .down, .right, .left])
  }

  @Test func sequencesMayArriveInPieces() {
    var decoder = KeyDecoder()
    var found: [Key] = []
    for byte in "a\u{1B}[1;2C\u{1B}OBé".utf8 { found += decoder.decode([byte]) }
    #expect(found == [.character("a"), .right, .down, .character("é")])
    #expect(!decoder.isWaiting)
  }

  @Test func anEscapeThatNothingFollowsIsTheKey() {
    var decoder = KeyDecoder()
    #expect(decoder.decode([0x1B]) == [])
    #expect(decoder.isWaiting)
    #expect(decoder.flush() == [.escape])
    #expect(decoder.decode("A".utf8) == [.character("A")])
  }

  @Test func whatIsNotKnownIsLeftOutWhole() {
    // delete, F5, a mouse report, Alt-x, a key of the numeric pad, an answer of the terminal
    #expect(keys("\u{1B}[3~\u{1B}[15~\u{1B}[<0;12;7M\u{1B}xa\u{1B}OP\u{1B}[?62;4c") == [.character("a")])
    #expect(keys("\u{01}\u{00}b") == [.character("b")])
  }

  @Test func brokenInputIsGotOver() {
    var decoder = KeyDecoder()
    let endless = "\u{1B}[" + String(repeating: "1;", count: 100)
    #expect(decoder.decode(endless.utf8).allSatisfy { $0 == .character("1") || $0 == .character(";") })
    #expect(decoder.decode("x".utf8) == [.character("x")])
    // the rest of a character that never comes, and bytes that begin none
    #expect(decoder.decode([0xE2, 0x82, 0x61, 0xFF, 0x80, 0x62]) == [.character("a"), .character("b")])
    // a sequence that another one interrupts
    #expect(decoder.decode("\u{1B}[1\u{1B}[A".utf8) == [.up])
  }
}
