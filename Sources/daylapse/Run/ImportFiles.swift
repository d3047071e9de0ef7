import OutputFiles
import RawData
import Records

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The two files that are imported, known by their content: a file of the same name, size and time can have another.
struct ImportFiles {
  struct File {
    let path: String
    /// Of its bytes as they lie there, compressed or not.
    let sha256: String
    fileprivate let stamp: InputStamp
  }

  let directory: String
  let users: File
  let events: File

  /// Finds the files of a raw folder, plain or with `.gz` where there is no plain one, and reads them whole. Blocks.
  ///
  /// - Throws: ``CommandError`` where one is missing, changes meanwhile, or is no regular file; `OutputFileError` where one
  ///   cannot be read.
  init(directory: String) throws {
    self.directory = directory
    func file(_ name: String) throws -> File {
      let candidates = ["\(directory)/\(name)", "\(directory)/\(name).gz"]
      guard let path = try candidates.first(where: { try fileExists($0) }) else {
        throw CommandError("\(directory) has no \(name) and no \(name).gz: name a folder that has both raw files")
      }
      // before it is read: what is written meanwhile then shows
      let stamp = try InputStamp(path)
      return File(path: path, sha256: try FileDigest.sha256(path: path), stamp: stamp)
    }
    users = try file("users.csv")
    events = try file("events.csv")
    try checkUnchanged()
  }

  /// Names what the raw topics are made from.
  var digest: String {
    var fingerprint = Fingerprint("import", version: 2)
    fingerprint.add("users", users.sha256)
    fingerprint.add("events", events.sha256)
    return fingerprint.description
  }

  /// The files by their absolute paths.
  var absolute: [ImportedInputs.File] {
    [users, events].map { file in
      let path = realpath(file.path, nil).map { resolved in
        defer { free(resolved) }
        return String(cString: resolved)
      }
      return .init(path: path ?? file.path, sha256: file.sha256)
    }
  }

  /// - Throws: ``CommandError`` where a file is not the one any more that was read first.
  func checkUnchanged() throws {
    for file in [users, events] where try InputStamp(file.path) != file.stamp {
      throw CommandError(
        "\(file.path) changed while it was being imported: nothing was made of it; import again when it is complete")
    }
  }
}

/// What tells one version of a file from another without reading it, for as long as one process looks: the system sets
/// the time of the last change of anything about it, and no program can set that back.
private struct InputStamp: Equatable {
  private let numbers: [Int]

  /// - Throws: ``CommandError`` where there is no such file, or it is no regular one.
  init(_ path: String) throws {
    var info = stat()
    guard stat(path, &info) == 0 else {
      throw CommandError("cannot look at \(path): \(String(cString: strerror(errno)))")
    }
    guard info.st_mode & S_IFMT == S_IFREG else {
      throw CommandError(
        "\(path) is no regular file: files are read more than once when they are imported; copy it into one")
    }
    #if canImport(Darwin)
      let changed = info.st_ctimespec
    #else
      let changed = info.st_ctim
    #endif
    numbers = [
      Int(truncatingIfNeeded: info.st_dev), Int(truncatingIfNeeded: info.st_ino), Int(info.st_size), changed.tv_sec,
      changed.tv_nsec,
    ]
  }
}
