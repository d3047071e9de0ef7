import ArgumentParser
import OutputFiles
import RawData
import Records

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes topics as CSV files: users.csv and events.csv as they can be imported, others by their names.",
    usage: "daylapse export [<topic> ...] --output <dir> [<options>]",
    discussion: """
      The raw days, to be changed and imported again:

        daylapse export --output my/csvs

      Two other topics, compressed:

        daylapse export events.rejected user.daily --output tables --gzip

      Rows come in the order of the topic: events by time, even where the file they were imported from had another order.
      """)

  @Argument(
    help: ArgumentHelp("Topics to export. [default: users.raw and events.raw]", valueName: "topic"), completion: .topics
  )
  var names: [String] = []
  @OptionGroup var topics: TopicArguments
  @Option(help: ArgumentHelp("Folder that gets the files.", valueName: "dir"))
  var output: String
  @Flag(name: .customLong("gzip"), help: "Writes .csv.gz files.")
  var isCompressed = false
  @Flag(help: "Replaces files that are there already.")
  var overwrite = false
  @Flag(help: "Prints one JSON document.")
  var json = false

  mutating func validate() throws {
    names = try topics.take(names)
    try FolderArguments.check("--output", output)
  }

  func run() throws {
    StopSignal.catchSignals()
    let line = ProgressLine()
    defer { line.clear() }
    let folder = topics.folder
    var jobs: [ExportJob] = []
    for name in try folder.require(names.isEmpty ? RawTopic.allCases.map(\.rawValue) : names) {
      jobs.append(try job(name, in: folder))
    }
    try refuseTakenPaths(jobs)
    try createDirectories(output)
    var documents: [JSONValue] = []
    for var job in jobs {
      job.onProgress = { done, all in
        try StopSignal.check()
        line.show("exporting \(job.topic)  \(Figures.percent(done, of: all))")
      }
      let result = try job.perform()
      line.clear()
      if json {
        documents.append(ExportCommand.json(result))
      } else {
        Terminal.write(
          "\(result.file.path.padded(to: 32)) \(Figures.bytes(result.file.bytes).aligned(to: 10))  "
            + Figures.count(result.rowCount, "row"))
      }
      if let changed = result.firstChanged {
        Terminal.writeError(
          "daylapse: \(result.file.path): \(Figures.count(result.changedCount, "message")) would be imported in another form; "
            + "first \(changed)")
      }
    }
    if json { Terminal.write(JSONValue.object([.init("files", .array(documents))])) }
  }

  private func job(_ name: String, in folder: TopicFolder) throws -> ExportJob {
    let topic = try InspectedTopic(name, in: folder)
    let schemaName = topic.hasSchema ? topic.schema.topic : name
    let file = RawTopic(rawValue: name).map { $0 == .users ? "users" : "events" } ?? name
    return ExportJob(
      topic: schemaName, directory: topic.directory, outputPath: "\(output)/\(file).csv" + (isCompressed ? ".gz" : ""),
      isCompressed: isCompressed)
  }

  private func refuseTakenPaths(_ jobs: [ExportJob]) throws {
    guard !overwrite else { return }
    for job in jobs where try fileExists(job.outputPath) {
      throw CommandError("\(job.outputPath) is there already: choose another folder, or add --overwrite")
    }
  }

  private static func json(_ result: ExportJob.Result) -> JSONValue {
    JSONMembers.build {
      $0.add("topic", result.topic)
      $0.add("file", result.file.path)
      $0.add("rows", result.rowCount)
      $0.add("bytes", result.file.bytes)
      $0.add("sha256", result.file.sha256)
      $0.add("columns", .array(result.columns.map { .string($0) }))
      $0.add("changed", result.changedCount)
    }
  }
}
