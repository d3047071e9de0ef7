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

  var stateDirectory: String { dataDir + "/state" }
}
