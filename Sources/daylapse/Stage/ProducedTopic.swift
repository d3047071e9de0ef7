import Records
import TopicLog

/// A topic that is replayed from its message files.
struct ProducedTopic {
  let name: String
  /// What was said of its event times, where it is none of the topology.
  let given: TimeField?

  /// What the topology begins with.
  static let raw = ["users.raw", "events.raw"].map { ProducedTopic($0) }

  init(_ name: String, given: TimeField? = nil) {
    self.name = name
    self.given = given
  }
}

/// A topic that is about to be replayed.
struct OpenTopic {
  let name: String
  let log: TopicReader
  let times: TopicTimes

  /// Published and ended before everything else, as messages of the topology without event times are.
  var isBootstrap: Bool { times.source == .catalogue && !times.hasTimes }
  var timeOf: LineTime { times.timeOf }
  /// Names the times that a topic of one's own goes by: by others it is another replay.
  var order: String {
    guard times.source != .catalogue, let field = times.shownField else { return "" }
    return " by \(field.name)" + (field.unit.map { " in \($0.rawValue)" } ?? "")
  }

  /// - Throws: `TopicLogError` where there is no such topic, or it cannot be read.
  init(_ topic: ProducedTopic, in folder: TopicFolder) throws(TopicLogError) {
    name = topic.name
    let directory = folder.directory(of: topic.name)
    times = try TopicTimes(topic.name, directory: directory, given: topic.given)
    log = try times.reader(directory: directory)
  }
}
