import ArgumentParser
import OutputFiles
import RawData

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Generates days of user activity: raw CSV files, and raw topics to replay.",
    discussion: "  daylapse generate --n-users 200 --days 30 --seed 7")

  @OptionGroup var generator: GeneratorArguments
  @OptionGroup var folders: FolderArguments
  @Flag(name: .customLong("csv-only"), help: "Writes the CSV files only.")
  var csvOnly = false
  @Flag(help: "Overwrites CSV files in the way that Daylapse did not write.")
  var overwrite = false

  func run() throws {
    StopSignal.catchSignals()
    let locks = try folders.lockForBringingIn()
    defer { for lock in locks { lock.release() } }
    let line = ProgressLine()
    let raw = RawFolder(folders: folders, mayOverwrite: overwrite)
    let result = try raw.generate(try generator.options, writesTopics: !csvOnly) { done, all in
      try StopSignal.check()
      if done % 1024 == 0 { line.show("generating  \(Figures.percent(done, of: all)) of \(all) users") }
    }
    line.clear()
    for file in result.files {
      Terminal.write("\(file.path.padded(to: 32)) \(Figures.bytes(file.bytes).aligned(to: 10))")
    }
    for topic in result.topics {
      let path = "\(folders.topicsDir)/\(topic.topic)"
      Terminal.write(
        "\(path.padded(to: 32)) \(Figures.bytes(topic.byteCount).aligned(to: 10))  "
          + "\(Figures.grouped(topic.messageCount)) messages")
    }
    for warning in RawFolder.warnings(result) { Terminal.writeError("daylapse: \(warning)") }
  }
}
