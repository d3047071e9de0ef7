import Records
import TopicLog

/// Which raw topics the producer replayed last, by its own record: what the clean topics were made from.
struct ReplayedTopics {
  /// The run that consumers saw.
  var run: String
  var sources: [String: Source]

  struct Source: Equatable {
    /// The run that the topic was of then; empty for one that was made by hand.
    var run: String
    /// Which of its messages were replayed.
    var offsets: Range<Int>
  }

  init(run: String, sources: [String: Source]) {
    self.run = run
    self.sources = sources
  }

  /// Reads the record in a folder of what is remembered between runs; `nil` where there is none, or it is damaged.
  ///
  /// - Parameter made: The clean topic whose replay is asked for: others may have been since. Where none of them gave it,
  ///   the last one.
  /// - Throws: ``CommandError`` where it is there and cannot be read.
  init?(stateDirectory: String, made identity: TopicIdentity? = nil) throws {
    guard let content = try readSmallFileIfPresent(stateDirectory + "/producer.checkpoint"),
      let line = content.split(separator: UInt8(ascii: "\n")).first, let json = try? JSONValue(parsing: Array(line))
    else { return nil }
    let replays =
      ([(json["run"], json["state"]?["sources"])]
      + (json["state"]?["earlier"]?.arrayValue ?? []).map {
        ($0["run"], $0["sources"])
      }).compactMap { ReplayedTopics($0, $1) }
    guard let last = replays.first else { return nil }
    self = identity.flatMap { identity in replays.first { $0.gave(identity) } } ?? last
  }

  private init?(_ run: JSONValue?, _ sources: JSONValue?) {
    guard let run = run?.stringValue, case .object(let members) = sources else { return nil }
    self.run = run
    self.sources = Dictionary(
      members.map { member in
        let (name, value) = (member.name, member.value)
        let first = value["first"]?.countValue ?? 0
        let end = max(first, value["end"]?.intValue ?? .max)
        return (name, Source(run: value["run"]?.stringValue ?? "", offsets: first..<end))
      }, uniquingKeysWith: { $1 })
  }

  /// Whether a clean or rejected topic was made from this replay.
  func gave(_ identity: TopicIdentity) -> Bool {
    StableDigest.hexadecimal([run, run, identity.digest]) == identity.run
  }
}
