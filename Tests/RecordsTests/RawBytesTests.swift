import TestSupport
import Testing

@testable import Records

struct RawBytesTests {
  private func written(_ bytes: [UInt8]) -> String {
    let out = ByteBuffer(capacity: 64)
    bytes.withUnsafeBytes { out.append(jsonTextOrBytes: $0) }
    return String(decoding: out.bytes, as: UTF8.self)
  }

  @Test func whatIsTextIsWrittenAsTextAndOtherBytesAsOneCharacterEach() {
    #expect(written(Array("Zürich".utf8)) == "\"Zürich\"")
    #expect(written([0x5A, 0xFC, 0x22, 0x00]) == #"{"bytes":"Zü\"\u0000"}"#)
  }

  @Test func anyBytesComeBack() throws {
    var random = SeededRandom(seed: 4)
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 1...12, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      let value = try JSONValue(parsing: written(bytes))
      #expect(value.rawBytes ?? value.stringValue.map { Array($0.utf8) } == bytes)
    }
  }

  @Test(arguments: [
    "{\"bytes\":\"plain\"}", "{\"bytes\":\"\u{100}\"}", "{\"bytes\":1}", "{\"bytes\":\"\u{FC}\",\"a\":1}", "\"x\"",
  ])
  func nothingElseIsBytes(text: String) throws {
    #expect(try JSONValue(parsing: text).rawBytes == nil)
  }

  @Test func theFirstByteThatIsNoTextIsNamed() {
    #expect(Array("aé".utf8).firstNonUTF8 == nil)
    #expect([0x61, 0xC3, 0xA9, 0xFC, 0x62].firstNonUTF8 == 3)
    #expect([0x61, 0xE2, 0x82].firstNonUTF8 == 1)
    #expect([UInt8]().firstNonUTF8 == nil)
  }

  @Test func aBrokenRowIsReadAsItWasWritten() throws {
    let out = ByteBuffer(capacity: 64)
    let row: [UInt8] = [0x31, 0x2C, 0xFC]
    row.withUnsafeBytes {
      BrokenRow.write(problem: "2 fields where the header has 5", line: 7, part: 2, row: $0, to: out)
    }
    let text = String(decoding: out.bytes, as: UTF8.self)
    #expect(text == #"{"malformed":"2 fields where the header has 5","line":7,"part":2,"row":{"bytes":"1,ü"}}"#)
    let broken = try #require(BrokenRow(try JSONValue(parsing: text)))
    #expect((broken.problem, broken.line, broken.part) == ("2 fields where the header has 5", 7, 2))
    #expect(broken.row == row)
    #expect(BrokenRow("x")?.row == [0x78])
    #expect(BrokenRow(["malformed": "a", "line": "7", "row": "b"]) == nil)
  }

  @Test func whatCannotBeSeenIsEscaped() {
    #expect("event_id".visible == "\"event_id\"")
    #expect("event_id\u{A0}".visible == #""event_id\u{00A0}""#)
    #expect("\u{FEFF}a\u{200B}b\u{202E}c".visible == #""\u{FEFF}a\u{200B}b\u{202E}c""#)
    #expect("a\n\t\"\\\u{1B}[31m".visible == #""a\n\t\"\\\u{001B}[31m""#)
    #expect("\u{E0041}é中😀".visible == #""\u{E0041}é中😀""#)
    #expect("abcdef".visible(limit: 3) == "\"abc\"… (6 bytes)")
    #expect("abc".visible(limit: 3) == "\"abc\"")
  }
}
