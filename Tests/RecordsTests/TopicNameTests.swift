import Records
import Testing

struct TopicNameTests {
  @Test(arguments: [
    "", ".", "..", ".hidden", "a/b", "/", "../events.raw", "events.raw/", "a\\b", "a\0b", "a\nb", "a\u{1B}[2Jb",
    "a\u{9B}b",
    "a\u{202E}b", "a\u{200B}b", "a\u{A0}b", " a", "a ", "\u{FEFF}a", "a\u{E0041}", "run.lock", "a\u{E000}",
    String(repeating: "a", count: 129), String(repeating: "ü", count: 65),
  ])
  func namesThatWouldLeadElsewhereOrActOnTerminalsAreNone(_ name: String) { #expect(!TopicName.isValid(name)) }

  @Test(arguments: [
    "events.raw", "my topic", "ünlü", "a..b", "-", "数据", "events.raw.damaged-1", String(repeating: "a", count: 128),
  ])
  func anyOtherNameIsOne(_ name: String) { #expect(TopicName.isValid(name)) }
}

struct VisibleTextTests {
  @Test func whatActsOnTerminalsIsEscaped() {
    let text = "a\u{1B}]0;t\u{7}b\u{9B}2J\u{7F}\u{202E}c\u{2066}d\u{200F}\n"
    #expect(VisibleText.of(text) == "a\\u{1B}]0;t\\u{7}b\\u{9B}2J\\u{7F}\\u{202E}c\\u{2066}d\\u{200F}\\u{A}")
    #expect(VisibleText.of("\u{9B}\u{202E}\u{E0041}", as: .json) == "\\u009b\\u202e\\udb40\\udc41")
    #expect(VisibleText.of("a\nb\u{1B}", allowing: ["\n"]) == "a\nb\\u{1B}")
  }

  @Test(arguments: ["plain", "ünd – 数据 👩‍👩‍👧", "", "می‌خواهم"])
  func textsThatAreOnlySeenStay(_ text: String) { #expect(VisibleText.of(text) == text) }
}
