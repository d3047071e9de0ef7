import ArgumentParser

/// Where things lie.
struct FolderArguments: ParsableArguments {
  @Option(help: ArgumentHelp("Folder of the CSV files and of what is remembered between runs.", valueName: "dir"))
  var dataDir = "data"
  @Option(help: ArgumentHelp("Folder of the topics, each a folder of message files.", valueName: "dir"))
  var topicsDir = "topics"

  var stateDirectory: String { dataDir + "/state" }
}
