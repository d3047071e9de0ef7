import OutputFiles
import Records

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A folder of finished files and the manifest that lists them.
///
/// The manifest comes last, so that whoever finds one finds complete files. What no manifest lists was written by
/// somebody else and stays. While a run replaces files, a note names those that were Daylapse's.
struct OutputFolder {
  struct File: Sendable {
    var path: String
    var rows: Int
    var bytes: Int
    var sha256: String
  }

  let directory: String
  let names: [String]
  private var manifestPath: String { directory + "/manifest.json" }
  private var claimPath: String { directory + "/.claimed.json" }

  /// - Throws: ``CommandError`` where a file is in the way that Daylapse did not write, or that somebody has changed
  ///   since.
  init(directory: String, names: [String], mayOverwrite: Bool) throws {
    self.directory = directory
    self.names = names
    try createDirectories(directory)
    guard !mayOverwrite else { return }
    let owned = try ownedNames()
    let digests = try listedDigests()
    // also those that this run will not write: they go when it is finished
    for name in owned.union(names).sorted() where try fileExists(path(of: name)) {
      guard owned.contains(name) else {
        throw CommandError(
          "\(path(of: name)) is there already, and no manifest.json beside it says that Daylapse wrote it: "
            + "move it away, choose another --data-dir, or add --overwrite")
      }
      guard let digest = digests[name], try !isOlderThanManifest(name) else { continue }
      let actual = try FileDigest.sha256(path: path(of: name))
      guard actual != digest else { continue }
      throw CommandError(
        "\(path(of: name)) was changed since Daylapse wrote it: manifest.json has SHA-256 \(digest.prefix(16))..., the "
          + "file \(actual.prefix(16))...; move it away, choose another --data-dir, or add --overwrite")
    }
  }

  private func path(of name: String) -> String { directory + "/" + name }

  /// Whether nobody can have touched a file since its manifest was written: the system notes each change of a file,
  /// its name included, and nobody can set that time. Spares reading it.
  private func isOlderThanManifest(_ name: String) throws -> Bool {
    let (file, manifest) = (try OutputFolder.changeTime(path(of: name)), try OutputFolder.changeTime(manifestPath))
    guard let file, let manifest else { return false }
    return file.seconds == manifest.seconds ? file.nanoseconds < manifest.nanoseconds : file.seconds < manifest.seconds
  }

  private static func changeTime(_ path: String) throws -> (seconds: Int, nanoseconds: Int)? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    #if canImport(Darwin)
      let changed = status.st_ctimespec
    #else
      let changed = status.st_ctim
    #endif
    return (Int(changed.tv_sec), Int(changed.tv_nsec))
  }

  func path(_ index: Int) -> String { path(of: names[index]) }

  /// Takes the old manifest away: from now on the files may be replaced.
  func claim() throws {
    let owned = try ownedNames().union(names).sorted()
    let note = JSONValue.object([.init("files", .array(owned.map { .object([.init("name", .string($0))]) }))])
    try writeFileAtomically(claimPath, Array("\(note)\n".utf8))
    unlink(manifestPath)
  }

  /// The run of which the files are, where they are finished and there.
  var finishedRun: String? {
    get throws {
      guard let manifest = try manifest, try names.allSatisfy({ try fileExists(path(of: $0)) }) else { return nil }
      return manifest["run"]?.stringValue
    }
  }

  /// The files, where they are finished, made from what this digest names, and still as they were written. Reads them.
  func intactFiles(digest: String) throws -> [File]? {
    guard let manifest = try manifest, manifest["digest"]?.stringValue == digest,
      let list = manifest["files"]?.arrayValue,
      list.map({ $0["name"]?.stringValue }) == names
    else { return nil }
    var files: [File] = []
    for (name, entry) in zip(names, list) {
      let path = path(of: name)
      guard try fileExists(path), let rows = entry["rows"]?.intValue, let bytes = entry["bytes"]?.intValue,
        let sha256 = entry["sha256"]?.stringValue, try FileDigest.sha256(path: path) == sha256
      else { return nil }
      files.append(File(path: path, rows: rows, bytes: bytes, sha256: sha256))
    }
    return files
  }

  private var manifest: JSONValue? { get throws { try OutputFolder.read(manifestPath) } }

  /// - Returns: `nil` where there is no such file, or it is no JSON.
  private static func read(_ path: String) throws -> JSONValue? {
    try readSmallFileIfPresent(path).flatMap { try? JSONValue(parsing: $0) }
  }

  /// Writes the manifest; files of the run before that this one did not write go.
  ///
  /// - Parameter digest: Names what the files were made from, where the same can be asked for again.
  func finish(run: String, digest: String? = nil, files: [File], synced: Bool = false) throws {
    for name in try ownedNames() where !names.contains(name) { unlink(path(of: name)) }
    let list: [JSONValue] = zip(names, files).map { name, file in
      .object([
        .init("name", .string(name)), .init("rows", .int(file.rows)), .init("bytes", .int(file.bytes)),
        .init("sha256", .string(file.sha256)),
      ])
    }
    let manifest = JSONMembers.build {
      $0.add("format", 1)
      $0.add("run", run)
      $0.add("digest", digest)
      $0.add("files", .array(list))
    }
    try writeFileAtomically(manifestPath, Array("\(manifest)\n".utf8), synced: synced)
    if synced { try syncDirectory(ofFile: manifestPath) }
    unlink(claimPath)
  }

  /// The plain file names that a manifest or a claim lists.
  private func ownedNames() throws -> Set<String> {
    var names: Set<String> = []
    for path in [manifestPath, claimPath] {
      for file in try OutputFolder.read(path)?["files"]?.arrayValue ?? [] {
        if let name = file["name"]?.stringValue, TopicFolder.isFileName(name) { names.insert(name) }
      }
    }
    return names
  }

  /// The SHA-256 of each file that the manifest lists.
  private func listedDigests() throws -> [String: String] {
    let files = try manifest?["files"]?.arrayValue ?? []
    return Dictionary(
      files.compactMap { file in
        guard let name = file["name"]?.stringValue, let digest = file["sha256"]?.stringValue else { return nil }
        return (name, digest)
      }, uniquingKeysWith: { $1 })
  }
}
