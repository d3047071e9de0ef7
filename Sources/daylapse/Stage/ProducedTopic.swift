import Records
import TopicLog

/// A topic that is replayed from its message files.
struct ProducedTopic {
  let name: String
  /// Published and ended before everything else.
  let isBootstrap: Bool
  let timeOf: LineTime

  /// What the topology begins with.
  static let raw = ["users.raw", "events.raw"].map { ProducedTopic($0, timeField: nil) }

  /// - Parameter timeField: Where a message of a topic that is not of the topology says when it happened.
  init(_ name: String, timeField: String?) {
    self.name = name
    if let schema = TopicCatalogue.all.first(where: { $0.topic == name }) {
      (isBootstrap, timeOf) = (!schema.hasEventTime, schema.timeOf)
    } else if let timeField {
      isBootstrap = false
      timeOf = { line in (try? JSONValue(parsing: line))?[timeField]?.stringValue.flatMap { EventTime($0) } }
    } else {
      isBootstrap = false
      timeOf = { EventTimeField.eventTime.read($0) }
    }
  }
}
