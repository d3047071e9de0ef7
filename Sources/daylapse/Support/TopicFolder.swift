import ArgumentParser
import Records
import TopicLog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The folder that topics lie in, each a folder of its own.
struct TopicFolder {
  let path: String

  /// The topics that are there: those of the catalogue in its order, then the others by name.
  func names() throws -> [String] {
    let known = Set(TopicCatalogue.all.map(\.topic))
    let found = try entries().filter { TopicName.isValid($0) && mayBeTopic($0, isKnown: known.contains($0)) }
    let catalogue = TopicCatalogue.all.map(\.topic).filter(found.contains)
    return catalogue + found.filter { !catalogue.contains($0) }.sorted()
  }

  /// Whether there is such a folder.
  var exists: Bool { get throws { try fileExists(path) } }

  /// Whether a topic is there, or something of which nobody can tell: whoever reads it says what is wrong.
  private func mayBeTopic(_ name: String, isKnown: Bool) -> Bool {
    do throws(TopicLogError) {
      if try TopicOutline.isTopic(directory: directory(of: name)) { return true }
      return isKnown && !isDirectory(name)
    } catch {
      return true
    }
  }

  private func isDirectory(_ name: String) -> Bool {
    var status = stat()
    return stat(directory(of: name), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  func directory(of name: String) -> String { path + "/" + name }

  /// The topics of these names, or all there are where no name is given.
  ///
  /// - Throws: ``CommandError`` where one of them is not there, or none is.
  func require(_ names: [String]) throws -> [String] {
    guard try exists else {
      throw CommandError("there is no folder \(path): name the folder of the topics with --topics-dir")
    }
    let present = try self.names()
    guard !names.isEmpty else {
      guard !present.isEmpty else {
        throw CommandError("\(path) has no topics: generate or import days, or name another folder with --topics-dir")
      }
      return present
    }
    for name in names where !present.contains(name) {
      let question = Suggestion.question(for: name, among: present)
      let known = TopicCatalogue.all.contains { $0.topic == name }
      let have = present.isEmpty ? "it has none" : "it has \(present.joined(separator: ", "))"
      throw CommandError(
        "there is no topic \"\(name)\" in \(path)\(known ? " yet" : "")\(question.isEmpty ? ": \(have)" : question)")
    }
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }

  /// Opens a topic for reading.
  ///
  /// - Throws: ``CommandError`` where there is no such topic; `TopicLogError`.
  func reader(_ name: String, times: TopicTimes) throws -> TopicReader {
    try requireTopic(name)
    return try times.reader(directory: directory(of: name))
  }

  /// How a topic's messages say when they happened.
  ///
  /// - Throws: As ``reader(_:times:)``.
  func times(of name: String, given: TimeField? = nil) throws -> TopicTimes {
    try requireTopic(name)
    return try TopicTimes(name, directory: directory(of: name), given: given)
  }

  private func requireTopic(_ name: String) throws {
    if try !TopicOutline.isTopic(directory: directory(of: name)) { _ = try require([name]) }
  }

  /// Whether a topic is what `recover --in-place` has put aside.
  static func isSetAside(_ name: String) -> Bool {
    guard let mark = name.ranges(of: ".damaged-").last else { return false }
    let number = name[mark.upperBound...]
    return !number.isEmpty && number.allSatisfy(\.isNumber)
  }

  /// Whether a name leads to a file of a folder, and nowhere else.
  static func isFileName(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.contains("/") && !name.unicodeScalars.contains("\0")
  }

  private func entries() throws -> [String] {
    guard let stream = opendir(path) else {
      throw CommandError("cannot list \(path): \(String(cString: strerror(errno))); name a folder with --topics-dir")
    }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw CommandError("cannot list \(path): \(String(cString: strerror(errno)))") }
        return names
      }
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) { name in
          name.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: name.pointee)) {
            String(cString: $0)
          }
        })
    }
  }
}

/// Which topics a command is about, and where they lie.
struct TopicArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp("Folder of the topics, each a folder of message files.", valueName: "dir"),
    completion: .directory)
  var topicsDir = "topics"

  func validate() throws { try FolderArguments.check("--topics-dir", topicsDir) }

  var folder: TopicFolder { TopicFolder(path: topicsDir) }

  /// Takes names and paths of topics apart, before they become paths of their own.
  ///
  /// - Returns: The names; the folder is that of the paths from now on.
  mutating func take(_ texts: [String]) throws -> [String] {
    let named = try NamedTopics(texts, in: topicsDir)
    topicsDir = named.folder
    return named.names
  }
}
