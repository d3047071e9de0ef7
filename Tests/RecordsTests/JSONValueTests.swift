import Foundation
import Records
import TestSupport
import Testing

struct JSONValueTests {
  private static let strings = [
    "", "a", "\"", "\\", "/", "\n\r\t\u{8}\u{C}", "\u{0}\u{1F}\u{7F}", "ü", "日本", "😀", "\u{2028}", "e\u{301}",
    "\u{FFFF}",
  ]

  private static func random(_ random: inout SeededRandom, depth: Int = 0) -> JSONValue {
    switch Int.random(in: 0..<(depth < 4 ? 7 : 5), using: &random) {
    case 0: return .null
    case 1: return .bool(random.chance(2))
    case 2: return .int(Int.random(in: -1_000_000...1_000_000, using: &random))
    case 3: return .double(Double.random(in: -1e9...1e9, using: &random))
    case 4: return .string(random.pick(strings) + random.pick(strings))
    case 5:
      return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in Self.random(&random, depth: depth + 1) })
    default:
      return .object(
        (0..<Int.random(in: 0...4, using: &random)).map { index in
          .init("\(index)\(random.pick(strings))", Self.random(&random, depth: depth + 1))
        })
    }
  }

  /// The same value out of Foundation's.
  private static func value(_ any: Any, like model: JSONValue) -> JSONValue? {
    switch (model, any) {
    case (.null, is NSNull): .null
    case (.bool, let flag as Bool): .bool(flag)
    case (.number(let text), let number as NSNumber):
      // Foundation's numbers may be off in their last digit
      abs(number.doubleValue - Double(text)!) <= abs(number.doubleValue) * 1e-14 ? model : nil
    case (.string, let text as String): .string(text)
    case (.array(let models), let elements as [Any]):
      models.count == elements.count
        ? .array(zip(elements, models).compactMap { value($0, like: $1) }) : nil
    case (.object(let members), let dictionary as [String: Any]):
      members.count == dictionary.count
        ? .object(
          members.compactMap { member in
            dictionary[member.name].flatMap { value($0, like: member.value) }.map { .init(member.name, $0) }
          }) : nil
    default: nil
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func survivesItsTextAndMeansTheSameToFoundation(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    for _ in 0..<500 {
      let value = Self.random(&random)
      let text = value.description
      #expect(try JSONValue(parsing: text) == value, "seed \(seed): \(text)")
      let any = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
      try #require(Self.value(any, like: value) == value, "seed \(seed): \(text)")
      // white space anywhere between tokens changes nothing
      let pretty = try JSONSerialization.data(withJSONObject: any, options: [.prettyPrinted, .fragmentsAllowed])
      _ = try JSONValue(parsing: Array(pretty))
    }
  }

  @Test func readsEveryEscape() throws {
    #expect(
      try JSONValue(parsing: #""\"\\\/\b\f\n\r\t\u00e4\uD83D\uDE00\u0000""#) == .string("\"\\/\u{8}\u{C}\n\r\tä😀\0"))
  }

  @Test func keepsTheTextOfNumbersAndTheLastOfEqualNames() throws {
    let value = try JSONValue(parsing: #" {"a" : 1.50e+2 , "a":-0, "b":[1E5 , 0]} "#)
    #expect(value.description == #"{"a":1.50e+2,"a":-0,"b":[1E5,0]}"#)
    #expect(value["a"] == .number("-0"))
    #expect(value["c"] == nil)
    #expect(value["b"]?.arrayValue?.count == 2)
  }

  @Test(arguments: [
    "", " ", "{", "}", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "01", "+1", "1.", ".5", "1e", "-",
    "nul", "tru", "\"",
    "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud83d\"", "\"\\ud83d\\u0041\"", "\"\\ude00\"", "\"\n\"", "\"\t\"",
    "1 2", "[1] x", "NaN",
    "'a'", "\u{FEFF}1",
  ])
  func refusesWhatIsNoJSON(text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  @Test func refusesWhatIsNoUTF8AndWhatIsTooDeep() {
    #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xC3, 0x22]) }
    #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xED, 0xA0, 0x80, 0x22]) }
    let deep = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
    #expect(throws: Never.self) { try JSONValue(parsing: deep(JSONValue.depthLimit)) }
    #expect(throws: JSONError.self) { try JSONValue(parsing: deep(JSONValue.depthLimit + 1)) }
  }

  @Test func anErrorSaysWhereAndWhatWasExpected() {
    #expect(throws: JSONError(byte: 5, expected: "a value")) { try JSONValue(parsing: #"{"a":x}"#) }
  }

  @Test func noBytesMakeItCrash() {
    var random = SeededRandom(seed: 12)
    let alphabet = Array("{}[]\",:\\u0d8e1.-+tfn ".utf8) + [0x00, 0xC3, 0xA4, 0xFF]
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...16, using: &random)).map { _ in random.pick(alphabet) }
      guard let value = try? JSONValue(parsing: bytes) else { continue }
      #expect(throws: Never.self) { try JSONValue(parsing: value.description) }
    }
  }
}
