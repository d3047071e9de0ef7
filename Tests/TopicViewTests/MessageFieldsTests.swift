import Records
import TestSupport
import Testing

@testable import TopicView

struct MessageFieldsTests {
  @Test func findsTheMembersOfAMessage() {
    let message = fields(#"{"event_id":17,"event_time":"2025-01-06T22:39:07","amount":-0.5,"note":""}"#)
    #expect(
      message.listed == [
        "event_id number 17", "event_time text 2025-01-06T22:39:07", "amount number -0.5", "note text ",
      ])
    #expect(message.field(Array("amount".utf8))?.value.string == "-0.5")
    #expect(message.field(Array("amoun".utf8)) == nil)
  }

  @Test func takesTextsWithoutTheirEscapes() {
    #expect(fields(#"{"a\"b":"x\ty","ü":"\u00e9"}"#).listed == ["a\"b text x\ty", "ü text é"])
  }

  @Test func givesNestedValuesAndWordsAsJSON() {
    #expect(
      fields(#"{"a": [1, {"b": null}],"c":true,"d":{"e":"}"},"f":1e3}"#).listed == [
        #"a other [1,{"b":null}]"#, "c other true", #"d other {"e":"}"}"#, "f number 1e3",
      ])
  }

  @Test func theLastOfSeveralMembersCounts() {
    #expect(fields(#"{"a":1,"b":2,"a":3}"#).field(Array("a".utf8))?.value.string == "3")
  }

  @Test(arguments: [
    "", "{", "}", "{}", "\"{}\"", "[1]", "{\"a\":1", "{\"a\":1,}", "{\"a\":01}", "{\"a\":\"x}", "{\"a\":}",
  ])
  func whatIsNoObjectHasNoMembers(line: String) {
    #expect(fields(line).fields.isEmpty)
  }

  @Test func isReadAnewForEveryMessage() {
    var message = fields(#"{"a":1,"b":"\n"}"#)
    message.read(bytes(#"{"c":2}"#))
    #expect(message.listed == ["c number 2"])
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func theStraightRoadGivesWhatJSONSays(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let values = [
      "1", "-1", "0", "-0", "01", "1.5", "1.", ".5", "-", "1e3", "\"x\"", "\"\"", "\"\\\"\"", "\"ü\"", "null", "true",
      "[]",
      "{\"a\":1}", "", "\"\u{1}\"", "\"x",
    ]
    for _ in 0..<20_000 {
      var line = random.pick(["{", "{", "{", "{", " {", ""])
      for index in 0..<Int.random(in: 0...4, using: &random) {
        if index > 0 { line += random.pick([",", ",", ",", ",", ", ", ""]) }
        line +=
          random.pick(["\"a\"", "\"b\"", "\"c d\"", "\"\"", "\"\\u0061\"", "a"]) + random.pick([":", ":", ":", " : "])
        line += random.pick(values)
      }
      line += random.pick(["}", "}", "}", "}", "} ", "", "}}"])
      var expected: [String] = []
      if case .object(let members)? = try? JSONValue(parsing: line) {
        expected = members.map { member in
          switch member.value {
          case .string(let text): "\(member.name) text \(text)"
          case .number(let text): "\(member.name) number \(text)"
          default: "\(member.name) other \(member.value)"
          }
        }
      }
      guard fields(line).listed == expected else {
        Issue.record("seed \(seed): \(line) gives \(fields(line).listed), not \(expected)")
        return
      }
    }
  }
}
