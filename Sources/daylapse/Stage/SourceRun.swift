import OutputFiles
import Records
import TopicLog

/// Which run the messages of a topic are of.
enum SourceRun {
  /// The run that `topic.json` names. A topic that was made by hand has none: its content names it, so that other messages
  /// are another run. Reads all of those, and blocks for as long.
  ///
  /// - Throws: `TopicLogError` or `OutputFileError` where a file cannot be read.
  static func of(_ identity: TopicIdentity?, directory: String) throws -> String {
    if let identity { return identity.run }
    let segments = try TopicOutline(directory: directory).segments
    return StableDigest.hexadecimal(
      try segments.flatMap { [String($0.first), try FileDigest.sha256(path: $0.path)] })
  }

  /// Why two raw topics that were generated or imported do not belong together; `nil` where they do, and where one of them
  /// was made in another way, by hand or by `recover`, so that nobody but its maker can tell.
  static func mismatch(users: TopicIdentity?, events: TopicIdentity?) -> String? {
    guard let users, let events, users.run != events.run, isBroughtIn(users), isBroughtIn(events) else { return nil }
    return "users.raw is of run \(users.run), events.raw of run \(events.run): they were not brought in together"
  }

  private static func isBroughtIn(_ identity: TopicIdentity) -> Bool {
    let maker = identity.digest.prefix { $0 != " " }
    return (maker == "generate" || maker == "import") && !RecoveredDigest.isRecovered(identity.digest)
  }
}
