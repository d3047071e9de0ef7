import Records
import TopicStream

extension TopicSchema {
  /// The schema of a topic that somebody publishes: that of the topology, or for a topic of another kind what its
  /// publisher tells of event times.
  init(published topic: PublisherDescription.Topic) {
    self = TopicCatalogue.schema(of: topic.name)
    guard fields.isEmpty else { return }
    if let field = topic.timeField {
      ownTimeField = field
      return
    }
    guard let properties = topic.schema["properties"] else { return }
    if properties["event_time"] != nil {
      timeField = .eventTime
    } else if properties["as_of_date"] != nil {
      timeField = .asOfDate
    }
  }
}
