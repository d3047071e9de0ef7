import Records
import Testing

@testable import TopicView

struct LineFormatTests {
  private static let line =
    #"{"event_id":12,"user_id":7,"event_type":"login","note":"a\nb\u001bü","detail":"0123456789"}"#

  private func written(_ pattern: String, _ line: String = line) throws -> String {
    let buffer = ByteBuffer()
    try LineFormat(pattern).write(
      bytes(line), fields(line), at: MessagePlace(topic: "events.clean", run: "r1", epoch: 2, offset: 4589), to: buffer)
    return buffer.text
  }

  @Test(arguments: [
    ("{user_id} {event_type}", "7 login\n"),
    ("{@offset}\\t{@topic}\\t{@run}\\t{@epoch}", "4589\tevents.clean\tr1\t2\n"),
    ("{user_id:>4}|{event_type:<8}|{event_type:8}|", "   7|login   |login   |\n"),
    ("{user_id:>1}|{event_id:>1}", "7|12\n"),
    ("{detail:.4}|{detail:6.4}|{detail:>6.4}|{detail:.10}", "012…|012…  |  012…|0123456789\n"),
    ("{@offset:>8}|{@topic:<14}|{@line:.5}", "    4589|events.clean  |{\"ev…\n"),
    ("[{course_id}] [{course_id:>3}]", "[] [   ]\n"),
    ("{{{user_id}}} }}{{", "{7} }{\n"),
    ("{note}", "a\\nb\\u001bü\n"),
    ("{note:>12.8}", "    a\\nb\\u0…\n"),
    ("a\\\\b\\r", "a\\b\r\n"),
    ("{user_id}\\n", "7\n"),
    ("{user_id}\\0", "7\0"),
    ("{user_id}\\n\\n", "7\n\n"),
    ("{user_id}\\n.", "7\n.\n"),
  ])
  func writesAMessage(pattern: String, expected: String) throws {
    #expect(try written(pattern) == expected)
  }

  @Test func writesTheWholeLine() throws {
    #expect(try written("{@offset} {@line}") == "4589 \(LineFormatTests.line)\n")
    #expect(try written("{@line}", "no JSON") == "no JSON\n")
    #expect(try LineFormat("{@offset} {@line}").readsFields == false)
    #expect(try LineFormat("{@offset} {a}").readsFields)
  }

  @Test(arguments: [
    ("", 1, "it is empty: name fields in braces, such as {user_id}"),
    ("{user_id", 1, "a { that nothing closes: write {{ for the brace itself"),
    ("a } b", 3, "a } that nothing opened: write }} for the brace itself"),
    ("{a} {}", 6, "no name between the braces: write {user_id}, say"),
    (
      "{@ofset}", 2,
      "there is no {@ofset}: there are {@offset}, {@topic}, {@run}, {@epoch}, {@line}, and fields without @"
    ),
    ("a\\x", 2, "\\x is no escape: there are \\t, \\n, \\r, \\0 and \\\\"),
    ("ab\\", 3, "a \\ at the end: write \\\\ for the character itself"),
    (
      "{a:>x}", 5, "\"x\" is no width: give a number from 1 to 1000, as in {user_id:>6} or {detail:<20.40}"
    ),
    (
      "{a:>}", 5, "no width: give a number from 1 to 1000, as in {user_id:>6} or {detail:<20.40}"
    ),
    (
      "{a:6.}", 6, "no length: give a number from 1 to 1000, as in {user_id:>6} or {detail:<20.40}"
    ),
    (
      "{a:5000}", 4, "\"5000\" is no width: give a number from 1 to 1000, as in {user_id:>6} or {detail:<20.40}"
    ),
  ])
  func saysWhereAPatternIsWrong(pattern: String, position: Int, problem: String) {
    let error = #expect(throws: LineFormatError.self) { try LineFormat(pattern) }
    #expect(error == LineFormatError(text: pattern, position: position, problem: problem))
  }
}
