import ArgumentParser
import OutputFiles
import RawData
import Records

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Turns users.csv and events.csv (or .csv.gz), in any order, into raw topics to replay.",
    usage: "daylapse import <raw-dir> [<options>]",
    discussion: """
        daylapse import my/csvs

      Users need user_id, signup_date and plan; events need event_id, user_id,
      event_time and event_type. What is wrong with a row is the cleaner's business,
      which rejects it with a reason.
      """)

  @Argument(help: ArgumentHelp("Folder of users.csv and events.csv.", valueName: "raw-dir"), completion: .directory)
  var rawDir: String
  @Flag(help: "Leaves alone what was made from the same files and is undamaged.")
  var ifNeeded = false
  @OptionGroup(title: "Folders") var folders: FolderArguments
  @OptionGroup(title: "Reporting") var reporting: ReportingArguments

  func run() throws {
    StopSignal.catchSignals()
    let raw = RawFolder(folders: folders, mayOverwrite: false)
    let files = try ImportFiles(directory: rawDir)
    if ifNeeded, let result = try raw.imported(files) {
      return tell(result, notes: ["made from the same files before, and left as it is"])
    }
    let locks = try folders.lockForBringingIn()
    defer { locks.release() }
    let line = ProgressLine(isQuiet: reporting.quiet)
    defer { line.clear() }
    let result = try raw.importFiles(files) { rows in
      try StopSignal.check()
      line.show("importing", rows, "events")
    }
    line.clear()
    let warning = try TableForecast(in: folders)?.warning(TableForecast.importedAdvice)
    tell(result, notes: warning.map { [$0] } ?? [])
  }

  private func tell(_ result: ImportJob.Result, notes: [String]) {
    let json: JSONValue = [
      "users": .int(result.userCount), "events": .int(result.eventCount),
      "topics": .array(result.topics.map(\.json)),
    ]
    reporting.tell(
      json, lines: result.topics.map { $0.line(in: folders.topicsDir) }, warnings: notes + RawFolder.warnings(result))
  }
}
