/// Which stage of the topology publishes what.
enum Topology {
  /// The publishers, in the order of their ports.
  static let publishers = ["producer", "cleaner", "aggregator"]

  private static let topics = [
    ["users.raw", "events.raw"], ["users.clean", "events.clean", "users.rejected", "events.rejected"], ["user.daily"],
  ]

  static var allTopics: [String] { topics.flatMap { $0 } }

  /// The place of a topic's publisher among ``publishers``; nothing for a topic of another kind.
  static func publisher(of topic: String) -> Int? { topics.firstIndex { $0.contains(topic) } }
}
