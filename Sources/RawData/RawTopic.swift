import Records
import TopicLog

/// The two topics that days come in by, as files.
public enum RawTopic: String, CaseIterable, Sendable {
  case users = "users.raw"
  case events = "events.raw"

  /// Reads the event time of a message; users have none.
  public var timeOf: @Sendable (UnsafeRawBufferPointer) -> EventTime? {
    switch self {
    case .users: { _ in nil }
    case .events: { EventTimeField.eventTime.read($0) }
    }
  }

  /// Opens the topic for writing; what Daylapse wrote there before is replaced.
  public func writer(in topicsDirectory: String, run: String, digest: String) throws -> TopicWriter {
    try TopicWriter(
      directory: topicsDirectory + "/" + rawValue, identity: TopicIdentity(name: rawValue, run: run, digest: digest),
      options: .init(rollsAtMidnight: self == .events), mode: .create, timeOf: timeOf)
  }
}
