import ArgumentParser

/// Where things lie.
struct FolderArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp("Folder of the CSV files and of what is remembered between runs.", valueName: "dir"),
    completion: .directory)
  var dataDir = "data"
  @Option(
    help: ArgumentHelp("Folder of the topics, each a folder of message files.", valueName: "dir"),
    completion: .directory)
  var topicsDir = "topics"

  func validate() throws {
    try FolderArguments.check("--data-dir", dataDir)
    try FolderArguments.check("--topics-dir", topicsDir)
  }

  static func check(_ flag: String, _ path: String) throws {
    if path.isEmpty { throw ValidationError("\(flag) is empty: name a folder, or . for this one") }
  }

  /// Takes names and paths of topics apart, before they become paths of their own.
  ///
  /// - Returns: The names; the folder is that of the paths from now on.
  mutating func take(_ texts: [String]) throws -> [String] {
    let named = try NamedTopics(texts, in: topicsDir)
    topicsDir = named.folder
    return named.names
  }

  var stateDirectory: String { dataDir + "/state" }
}
