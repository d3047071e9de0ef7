import ArgumentParser
import Generator
import OutputFiles
import RawData
import Records

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Generates days of user activity: raw CSV files, and raw topics to replay.",
    discussion: """
        daylapse generate
        daylapse generate --n-users 200 --days 30 --seed 7

      Leaves DATA/raw/{users,events}.csv, and users.raw and events.raw for produce to
      replay. The same options give the same bytes.
      """)

  @OptionGroup(title: "Generation") var generator: GeneratorArguments
  @OptionGroup(title: "Folders") var folders: FolderArguments
  @Flag(name: .customLong("csv-only"), help: "Writes the CSV files only.")
  var csvOnly = false
  @Flag(help: "Leaves alone what was made with the same options and is undamaged.")
  var ifNeeded = false
  @Flag(help: "Overwrites CSV files in the way that Daylapse did not write.")
  var overwrite = false
  @OptionGroup(title: "Reporting") var reporting: ReportingArguments

  func run() throws {
    StopSignal.catchSignals()
    let raw = RawFolder(folders: folders, mayOverwrite: overwrite)
    if ifNeeded, let result = try raw.generated(try generator.options, writesTopics: !csvOnly) {
      return tell(result, notes: ["made with the same options before, and left as it is"])
    }
    let locks = try folders.lockForBringingIn()
    defer { locks.release() }
    let line = ProgressLine(isQuiet: reporting.quiet)
    defer { line.clear() }
    let options = try generator.options
    let warning = TableForecast(users: options.userCount, days: options.days).warning(TableForecast.generatedAdvice)
    if let warning { line.say("daylapse: \(warning)") }
    let result = try raw.generate(try generator.options, writesTopics: !csvOnly) { done, all in
      try StopSignal.check()
      line.show(generated: done, of: all)
    }
    line.clear()
    tell(result, notes: reporting.json ? warning.map { [$0] } ?? [] : [])
  }

  private func tell(_ result: GenerateJob.Result, notes: [String]) {
    let files = result.files.map { "\($0.path.padded(to: 32)) \(Figures.bytes($0.bytes).aligned(to: 10))" }
    let json: JSONValue = [
      "users": .int(result.userCount), "events": .int(result.eventCount),
      "files": .array(
        result.files.map { ["path": .string($0.path), "bytes": .int($0.bytes), "sha256": .string($0.sha256)] }),
      "topics": .array(result.topics.map(\.json)),
    ]
    reporting.tell(
      json, lines: files + result.topics.map { $0.line(in: folders.topicsDir) },
      warnings: notes + RawFolder.warnings(result))
  }
}
