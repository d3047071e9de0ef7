import OutputFiles
import Records

/// Which files the raw topics were imported from, so that `verify` can tell whether they have other content now.
struct ImportedInputs {
  struct File: Equatable {
    /// As it was given; absolute.
    var path: String
    var sha256: String
  }

  /// The run of the raw topics that were made of them.
  var run: String
  var files: [File]

  private static func path(_ stateDirectory: String) -> String { stateDirectory + "/import.json" }

  /// Reads what the last import noted.
  ///
  /// - Returns: `nil` where there was none.
  /// - Throws: ``CommandError`` where the note cannot be read.
  static func read(stateDirectory: String) throws -> ImportedInputs? {
    guard let bytes = try readSmallFileIfPresent(path(stateDirectory)), let json = try? JSONValue(parsing: bytes),
      json["format"] == 1, let run = json["run"]?.stringValue, let files = json["files"]?.arrayValue
    else { return nil }
    return ImportedInputs(
      run: run,
      files: files.compactMap { file in
        guard let path = file["path"]?.stringValue, let sha256 = file["sha256"]?.stringValue else { return nil }
        return File(path: path, sha256: sha256)
      })
  }

  func write(stateDirectory: String) throws {
    let list: [JSONValue] = files.map { ["path": .string($0.path), "sha256": .string($0.sha256)] }
    let json: JSONValue = ["format": 1, "run": .string(run), "files": .array(list)]
    try writeFileAtomically(ImportedInputs.path(stateDirectory), Array("\(json)\n".utf8))
  }

  /// The files that are still there, with other content than was imported. Reads them.
  var changed: [Finding] {
    get throws {
      try files.compactMap { file in
        guard try fileExists(file.path) else { return nil }
        let actual: String
        do { actual = try FileDigest.sha256(path: file.path) } catch { return .unreadable(file.path, error) }
        guard actual != file.sha256 else { return nil }
        return Finding(
          "input", path: file.path, expected: "SHA-256 \(file.sha256), as it was when it was imported",
          actual: "\(actual); import it again")
      }
    }
  }
}
