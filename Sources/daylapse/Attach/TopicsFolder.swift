import Records
import TopicLog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A folder of topics, each a folder of message files.
struct TopicsFolder {
  let path: String

  init(_ path: String) { self.path = path }

  /// The folder of a topic.
  func directory(of topic: String) -> String { path + "/" + topic }

  /// The topics that are there: those of the topology in its order, then others by name.
  ///
  /// - Throws: ``CommandError`` where the folder cannot be read.
  func topics() throws -> [String] {
    guard let stream = opendir(path) else {
      throw CommandError("cannot read \(path): \(String(cString: strerror(errno))). Which folder is it? (--topics-dir)")
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
          String(cString: $0)
        }
      }
      if !name.hasPrefix("."), isTopic(name) { names.append(name) }
    }
    let known = Topology.allTopics.filter(names.contains)
    return known + names.filter { !known.contains($0) }.sorted()
  }

  /// Opens a topic for reading.
  ///
  /// - Throws: ``CommandError`` with the topics there are where there is no such one; `TopicLogError`.
  func reader(_ topic: String, timeOf: @escaping LineTime) throws -> TopicReader {
    if !isTopic(topic) {
      let others = try topics()
      let advice =
        others.isEmpty
        ? "it has none at all: name the folder of the topics with --topics-dir"
        : "it has \(others.joined(separator: ", "))"
      throw CommandError("\(path) has no topic \"\(topic)\"; \(advice)")
    }
    return try TopicReader(directory: directory(of: topic), timeOf: timeOf)
  }

  /// Whether a folder holds messages: those that a writer described, or some that were put there by hand.
  private func isTopic(_ name: String) -> Bool {
    let directory = directory(of: name)
    return access(directory + "/topic.json", F_OK) == 0
      || access(directory + "/00000000000000000000.jsonl", F_OK) == 0
  }
}
