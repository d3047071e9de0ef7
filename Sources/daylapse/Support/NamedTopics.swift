import ArgumentParser
import Records

/// Topics as people name them: alone, or by the path of their folder, as a shell completes it.
struct NamedTopics: Equatable {
  /// The folder that they lie in.
  var folder: String
  var names: [String]

  /// - Parameters:
  ///   - texts: Names, or paths such as `topics/events.raw/`.
  ///   - folder: Where topics lie that are named alone.
  /// - Throws: `ValidationError` for what is no name of a topic, and for topics of several folders.
  init(_ texts: [String], in folder: String) throws {
    var folders: [String] = []
    names = []
    for text in texts {
      var path = Substring(text)
      while path.count > 1, path.hasSuffix("/") { path.removeLast() }
      var place = folder
      var name = String(path)
      if let slash = path.lastIndex(of: "/") {
        name = String(path[path.index(after: slash)...])
        place = slash == path.startIndex ? "/" : String(path[..<slash])
      }
      if let problem = TopicName.problem(of: name) {
        throw ValidationError("\"\(text)\" is no name of a topic: such a name \(problem)")
      }
      let isKnown = folders.contains { NamedTopics.plain($0) == NamedTopics.plain(place) }
      if !isKnown { folders.append(place) }
      names.append(name)
    }
    guard folders.count < 2 else {
      throw ValidationError(
        "topics of two folders, \(folders[0]) and \(folders[1]): name those of one folder at a time")
    }
    self.folder = folders.first ?? folder
  }

  /// Two paths that differ only in how they are written give the same.
  private static func plain(_ path: String) -> String {
    let parts = path.split(separator: "/").filter { $0 != "." }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }
}

extension CompletionKind {
  /// The topics that are there, in the folder that the command line names so far, and those of the topology.
  static let topics = custom { words, _, _ in
    var folder = "topics"
    for (word, next) in zip(words, words.dropFirst()) where word == "--topics-dir" { folder = next }
    for word in words where word.hasPrefix("--topics-dir=") { folder = String(word.dropFirst("--topics-dir=".count)) }
    // a shell that asks wants no errors
    let present = (try? TopicFolder(path: folder).names()) ?? []
    return present.isEmpty ? TopicCatalogue.all.map(\.topic) : present
  }
}
