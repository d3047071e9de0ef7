import ArgumentParser
import OutputFiles
import RawData

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Turns users.csv and events.csv (or .csv.gz), in any order, into raw topics to replay.",
    discussion: "  daylapse import my/csvs")

  @Argument(help: ArgumentHelp("Folder of users.csv and events.csv.", valueName: "raw-dir"))
  var rawDir: String
  @OptionGroup var folders: FolderArguments

  func run() throws {
    StopSignal.catchSignals()
    let locks = try folders.lockForBringingIn()
    defer { for lock in locks { lock.release() } }
    let line = ProgressLine()
    let result = try RawFolder(folders: folders, mayOverwrite: false).importFiles(from: rawDir) { rows in
      try StopSignal.check()
      line.show("importing  \(Figures.grouped(rows)) rows")
    }
    line.clear()
    for topic in result.topics {
      let path = "\(folders.topicsDir)/\(topic.topic)"
      Terminal.write(
        "\(path.padded(to: 32)) \(Figures.bytes(topic.byteCount).aligned(to: 10))  "
          + "\(Figures.grouped(topic.messageCount)) messages")
    }
    for warning in RawFolder.warnings(result) { Terminal.writeError("daylapse: \(warning)") }
  }
}
