import OutputFiles
import Records

/// What `run` remembers of the last run: what it was asked for, which days it brought in, and whether it came to its end.
struct RunRecord {
  let path: String

  struct Content: Equatable {
    /// The fingerprint of what the days are made from.
    var digest: String
    /// Names the options that decide the results besides.
    var options = ""
    /// The run that both raw topics are of; `nil` until all days are there.
    var days: String?
    var isFinished = false
    /// Whether a run has come to its end here.
    var hasResults = false
  }

  /// Reads the record.
  ///
  /// - Returns: `nil` where there is none, or none that says enough to go on from.
  /// - Throws: ``CommandError`` where there is one that cannot be read.
  func read() throws -> Content? {
    guard let bytes = try readSmallFileIfPresent(path), let json = try? JSONValue(parsing: bytes), json["format"] == 3,
      let digest = json["digest"]?.stringValue, let isFinished = json["finished"]?.boolValue
    else { return nil }
    return Content(
      digest: digest, options: json["options"]?.stringValue ?? "", days: json["days"]?.stringValue,
      isFinished: isFinished, hasResults: json["results"]?.boolValue ?? false)
  }

  func write(_ content: Content) throws {
    let json = JSONMembers.build {
      $0.add("format", 3)
      $0.add("digest", content.digest)
      $0.add("options", content.options)
      $0.add("days", content.days)
      $0.add("finished", .bool(content.isFinished))
      $0.add("results", .bool(content.hasResults))
    }
    try writeFileAtomically(path, Array("\(json)\n".utf8))
  }
}
