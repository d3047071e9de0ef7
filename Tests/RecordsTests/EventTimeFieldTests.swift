import Records
import TestSupport
import Testing

struct EventTimeFieldTests {
  private func read(_ line: String, _ field: EventTimeField = .eventTime) -> String? {
    Array(line.utf8).withUnsafeBytes { field.read($0) }?.description
  }

  /// What JSON says, without any shortcut.
  private func general(_ line: String) -> String? {
    (try? JSONValue(parsing: line))?["event_time"]?.stringValue.flatMap { EventTime($0) }?.description
  }

  @Test func readsTheFormsOfTheTopics() {
    let time = "2025-01-06T22:39:07"
    #expect(read(#"{"event_id":1,"user_id":2,"event_time":"2025-01-06T22:39:07","event_type":"login"}"#) == time)
    #expect(read(#"{"event_id":"1.0","user_id":2,"event_time":" 2025-01-06 22:39:07Z"}"#) == time)
    #expect(read(#"{"user_id":2,"as_of_date":"2025-01-06","pane":"late"}"#, .asOfDate) == "2025-01-06T00:00:00")
    #expect(read(#"{"user_id":2,"as_of_date":"2025-01-06","pane":"late"}"#) == nil)
    #expect(read(#""event_time":"2025-01-06T22:39:07""#) == nil)
    #expect(read("") == nil)
    #expect(read(#""a row, ""event_time"":""2025-01-06"" ""#) == nil)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func theShortcutGivesWhatJSONSays(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let texts = [
      "1", "\"x\"", "\"\\\"event_time\\\":\\\"2020-01-01\\\"\"", "\"event_time\"", "null", "\"{\"", "1.5", "\"a\\\\\"",
      "true",
    ]
    let times = [
      "\"2025-01-06T22:39:07\"", "\"2025-01-06\"", "\"\"", "\"never\"", "\"2025\\u002d01-06\"", "5", "null",
      "\" 2025-01-06 10:00 \"",
    ]
    for _ in 0..<20_000 {
      var members = (0..<Int.random(in: 0...5, using: &random)).map {
        ("\(random.pick(["event_id", "user_id", "a", "event_tim", "event_time_", "b\\\""]))\($0)", random.pick(texts))
      }
      members.insert(("event_time", random.pick(times)), at: Int.random(in: 0...members.count, using: &random))
      let space = random.chance(6) ? " " : ""
      let line = "{" + members.map { "\"\($0)\":\(space)\($1)" }.joined(separator: "," + space) + "}"
      guard read(line) != general(line) else { continue }
      Issue.record("seed \(seed): \(line)")
      return
    }
  }

  @Test(arguments: [
    #"{"a":{"event_time":"2020-01-01"},"event_time":"2021-01-01"}"#,
    #"{"event_time":"2020-01-01","event_time":"2021-01-01"}"#,
    #"{"event_time":"2020-01-01","event_time" : "2021-01-01"}"#,
    #"{"event_time":"2020-01-01","event\u005ftime":"2021-01-01"}"#,
    #"{"event_id":1,"event_time":"2020-01-01","#,
  ])
  func theShortcutIsNotTakenInByNestingRepeatsAndTruncation(line: String) {
    #expect(read(line) == general(line))
  }
}
