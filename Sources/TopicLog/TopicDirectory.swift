#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files of one topic: their names and what is there of them. Anything else in the directory is left alone.
struct TopicDirectory: Sendable {
  static let digits = 20
  /// Offsets and lengths at or beyond this are not believed, so that sums of them do not overflow.
  static let limit = 1 << 60

  let path: String

  init(_ path: String) {
    var path = path
    while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
  }

  var metadataPath: String { path + "/topic.json" }
  var lockPath: String { path + "/.lock" }
  func segmentPath(_ first: Int) -> String { "\(path)/\(Self.padded(first)).jsonl" }
  func indexPath(_ first: Int) -> String { "\(path)/\(Self.padded(first)).index" }

  /// The first offsets of the segments, ascending.
  ///
  /// - Throws: ``TopicLogError`` where there is no such directory, or it cannot be read.
  func segments() throws(TopicLogError) -> [Int] {
    try fileNames().compactMap { Self.firstOffset(of: $0, suffix: ".jsonl") }.sorted()
  }

  /// The first offsets of the segments that the sidecars belong to, ascending.
  func indexes() throws(TopicLogError) -> [Int] {
    try fileNames().compactMap { Self.firstOffset(of: $0, suffix: ".index") }.sorted()
  }

  var hasMetadata: Bool { get throws(TopicLogError) { try Self.exists(metadataPath) } }
  func hasSegment(_ first: Int) throws(TopicLogError) -> Bool { try Self.exists(segmentPath(first)) }
  func hasIndex(_ first: Int) throws(TopicLogError) -> Bool { try Self.exists(indexPath(first)) }

  /// Whether there is something of this name. What nobody can tell is an error, not an absence.
  private static func exists(_ path: String) throws(TopicLogError) -> Bool {
    var status = stat()
    if stat(path, &status) == 0 { return true }
    if errno == ENOENT { return false }
    throw .system(errno, "inspect", path)
  }

  /// Removes the topic's own files but for `topic.json` and the lock; the last segment goes first, so that what an
  /// interruption leaves is a beginning of the topic.
  func removeSegments() throws(TopicLogError) {
    let names = try fileNames().filter { name in
      [".jsonl", ".index", ".index.tmp"].contains { Self.firstOffset(of: name, suffix: $0) != nil }
    }
    for name in names.sorted(by: >) { try Self.remove("\(path)/\(name)") }
  }

  /// The names of files that are not the topic's own; hidden ones and directories left out.
  func otherFiles() throws(TopicLogError) -> [String] {
    let own = [".jsonl", ".index", ".index.tmp"]
    var others: [String] = []
    for name in try fileNames().sorted() where !name.hasPrefix(".") && "\(path)/\(name)" != metadataPath {
      var status = stat()
      guard !own.contains(where: { Self.firstOffset(of: name, suffix: $0) != nil }) else { continue }
      guard stat("\(path)/\(name)", &status) == 0 else {
        // a link to nothing is nobody's file
        if errno == ENOENT { continue }
        throw .system(errno, "inspect", "\(path)/\(name)")
      }
      if status.st_mode & S_IFMT == S_IFREG { others.append(name) }
    }
    return others
  }

  /// Removes the directory itself where nothing is left in it.
  func removeIfEmpty() { rmdir(path) }

  /// Makes the directory and those above it where they are missing.
  func create() throws(TopicLogError) {
    var end = path.startIndex
    while end < path.endIndex {
      end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
      if mkdir(String(path[..<end]), 0o755) != 0, errno != EEXIST, end == path.endIndex {
        throw .system(errno, "create", path)
      }
    }
  }

  /// Waits until files that were created, renamed or removed here are so on the disk, too.
  func sync() throws(TopicLogError) { try LogFile(path, .directory).sync() }

  static func remove(_ path: String) throws(TopicLogError) {
    if unlink(path) != 0, errno != ENOENT { throw .system(errno, "remove", path) }
  }

  /// The first offset that a file's name stands for; nothing where the name is not exactly one of ours.
  static func firstOffset(of name: String, suffix: String) -> Int? {
    guard name.hasSuffix(suffix), name.utf8.count == digits + suffix.utf8.count else { return nil }
    let number = name.utf8.prefix(digits)
    guard number.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else { return nil }
    return Int(String(number)!).flatMap { $0 < limit ? $0 : nil }
  }

  private static func padded(_ offset: Int) -> String {
    let text = String(offset)
    return String(repeating: "0", count: digits - text.utf8.count) + text
  }

  private func fileNames() throws(TopicLogError) -> [String] {
    guard let stream = opendir(path) else { throw .system(errno, "list", path) }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        if errno != 0 { throw .system(errno, "list", path) }
        return names
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
          String(cString: $0)
        }
      }
      names.append(name)
    }
  }
}
