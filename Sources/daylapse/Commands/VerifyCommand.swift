import ArgumentParser
import Records

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract:
      "Holds message files against their checksums, schemas and each other, and the tables against a second computation.",
    usage: "daylapse verify [<topic> ...] [<options>]",
    discussion: """
      Everything there is, the tables in data/processed as well, which are computed once more in another way:

        daylapse verify

      Only the files and messages of two topics:

        daylapse verify events.raw events.clean

      Exit codes: 0 sound, 1 something is wrong, 2 usage.
      """)

  @Argument(
    help: ArgumentHelp("Topics to verify. [default: all, and the tables]", valueName: "topic"),
    completion: .topics)
  var names: [String] = []
  @OptionGroup var folders: FolderArguments
  @Flag(help: "Expects events of unknown types to be rejected. [default: as events.clean says]")
  var strict = false
  @Option(help: "How many days the grid may span. [default: as user.daily says]")
  var maxDays: Int?
  @Option(help: ArgumentHelp("How many findings are shown of each topic and table.", valueName: "count"))
  var findings = 10
  @Flag(help: "Prints one JSON document.")
  var json = false

  mutating func validate() throws {
    names = try folders.take(names)
    if findings < 1 { throw ValidationError("--findings is \(findings), but must be at least 1") }
    if let maxDays, maxDays < 1 { throw ValidationError("--max-days is \(maxDays), but must be at least 1") }
  }

  func run() throws {
    StopSignal.catchSignals()
    let line = ProgressLine()
    defer { line.clear() }
    let job = VerifyJob(
      folder: TopicFolder(path: folders.topicsDir), names: names, dataDirectory: folders.dataDir,
      isStrict: strict ? true : nil, maxDays: maxDays, findingLimit: findings, line: line)
    let report = try job.perform()
    line.clear()
    if json {
      Terminal.write(report.json)
    } else {
      for text in report.lines { Terminal.write(text) }
    }
    if !report.isSound { throw ExitCode(1) }
  }
}
