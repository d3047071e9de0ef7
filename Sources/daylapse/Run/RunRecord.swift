import OutputFiles
import Records

/// What `run` remembers of the last run: what it was asked for, which days it brought in, and whether it came to its end.
struct RunRecord {
  let path: String

  struct Content: Equatable {
    /// The fingerprint of what the days are made from.
    var digest: String
    /// The run that both raw topics are of; `nil` until all days are there.
    var days: String?
    var isFinished = false
  }

  /// Reads the record.
  ///
  /// - Returns: `nil` where there is none, or none that says enough to go on from.
  /// - Throws: ``CommandError`` where there is one that cannot be read.
  func read() throws -> Content? {
    guard let bytes = try readSmallFileIfPresent(path), let json = try? JSONValue(parsing: bytes), json["format"] == 2,
      let digest = json["digest"]?.stringValue, let isFinished = json["finished"]?.boolValue
    else { return nil }
    return Content(digest: digest, days: json["days"]?.stringValue, isFinished: isFinished)
  }

  func write(_ content: Content) throws {
    let json = JSONMembers.build {
      $0.add("format", 2)
      $0.add("digest", content.digest)
      $0.add("days", content.days)
      $0.add("finished", .bool(content.isFinished))
    }
    try writeFileAtomically(path, Array("\(json)\n".utf8))
  }
}
