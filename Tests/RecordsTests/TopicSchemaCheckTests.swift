import Foundation
import Records
import Testing

struct TopicSchemaCheckTests {
  private func problem(_ topic: String, _ message: String) -> SchemaProblem? {
    Array(message.utf8).withUnsafeBytes { TopicCatalogue.schema(of: topic).check($0).problem }
  }

  private static let event =
    #"{"event_id":1,"user_id":2,"event_time":"2025-01-06T10:00:00","event_date":"2025-01-06","event_type":"login","watch_minutes":0.0}"#

  @Test func examplesOfEveryTopicAreAllowed() throws {
    let topics = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../topics").standardized
    for schema in TopicCatalogue.all {
      let examples = try String(
        contentsOf: topics.appending(path: "\(schema.topic)/examples.jsonl"), encoding: .utf8)
      for line in examples.split(separator: "\n") { #expect(problem(schema.topic, String(line)) == nil, "\(line)") }
    }
  }

  @Test(arguments: [
    ("\"event_id\":1", "\"event_id\":\"1\"", "event_id as a whole number"),
    ("\"event_id\":1", "\"event_id\":1.0", "event_id as a whole number"),
    ("\"event_id\":1,", "", "field event_id"),
    (",\"watch_minutes\":0.0", "", "field watch_minutes"),
    ("0.0", "null", "watch_minutes as a number"),
    ("T10:00:00", " 10:00:00", "event_time as a time, YYYY-MM-DDTHH:MM:SS"),
    ("\"event_date\":\"2025-01-06\"", "\"event_date\":\"2025-02-30\"", "event_date as a day, YYYY-MM-DD"),
    ("\"login\"", "7", "event_type as a text"),
    ("0.0", "0.0,\"more\":1", "no other fields than the schema's"),
    ("0.0", "0.0,\"user_id\":2", "user_id once"),
    ("0.0", "0.0,\"course_id\":\"k\"", "course_id in the order of the schema"),
    ("0.0}", "0.0", "a message in JSON"),
  ])
  func whatASchemaDoesNotAllowIsNamed(text: String, other: String, expected: String) throws {
    #expect(problem("events.clean", Self.event) == nil)
    let changed = Self.event.replacing(text, with: other)
    try #require(changed != Self.event)
    #expect(problem("events.clean", changed)?.expected == expected)
  }

  @Test func rawMessagesMayBeTextsAndHaveOtherFields() {
    #expect(problem("events.raw", "\"1,2\"") == nil)
    #expect(problem("events.raw", #"{"event_id":" 7","more":"x"}"#) == nil)
    #expect(problem("events.raw", #"{"more":["x"]}"#)?.expected == "more as a text or a number")
    #expect(problem("events.raw", "7")?.expected == "an object")
    #expect(problem("events.clean", "\"1,2\"")?.expected == "an object")
  }

  @Test func ofOtherTopicsOnlyJSONIsDemanded() {
    #expect(problem("somebody.elses", "[1,null]") == nil)
    #expect(problem("somebody.elses", "[1,")?.expected == "a message in JSON")
  }
}
