/// What a topic's content is the result of: two topics with the same identity hold the same records.
public struct TopicIdentity: Hashable, Sendable {
  /// The topic's name, as on the wire: `events.raw`.
  public var name: String
  /// The run that made it.
  public var run: String
  /// A digest of the options that decide the content.
  public var digest: String

  public init(name: String, run: String, digest: String) {
    self.name = name
    self.run = run
    self.digest = digest
  }
}

extension TopicIdentity: CustomStringConvertible {
  public var description: String { "topic \(name) of run \(run) with digest \(digest)" }
}
