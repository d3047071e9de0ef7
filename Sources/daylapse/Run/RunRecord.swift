import OutputFiles
import Records

/// What `run` remembers: the options of the last run, and whether it came to its end.
struct RunRecord {
  let path: String

  func read() -> (digest: String, isFinished: Bool)? {
    guard let bytes = try? readSmallFile(path), let json = try? JSONValue(parsing: bytes), json["format"] == 1,
      let digest = json["digest"]?.stringValue, let isFinished = json["finished"]?.boolValue
    else { return nil }
    return (digest, isFinished)
  }

  func write(digest: String, isFinished: Bool) throws {
    let json: JSONValue = ["format": 1, "digest": .string(digest), "finished": .bool(isFinished)]
    try writeFileAtomically(path, Array("\(json)\n".utf8))
  }
}
