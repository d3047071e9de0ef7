import ArgumentParser
import ExternalSort
import OutputFiles
import Records
import Sink
import TopicStream
import ZeroMQ

struct SinkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sink",
    abstract: "Consumes the clean topics and the rows per user and day, writes the three CSV files.",
    discussion: "Started before or after the other stages, on this machine or another:\n\n  daylapse sink")

  @OptionGroup var folders: SinkFolderArguments
  @OptionGroup var output: SinkArguments
  @Option(help: ArgumentHelp("First of the topology's six ports.", valueName: "port"))
  var basePort = 5550
  @Option(help: ArgumentHelp("Where the cleaner publishes. [default: the base port]", valueName: "endpoint"))
  var cleaner: String?
  @Option(help: ArgumentHelp("Where the aggregator publishes. [default: the base port]", valueName: "endpoint"))
  var aggregator: String?
  @OptionGroup var recovery: RecoveryArguments
  @Flag(help: .private) var supervised = false

  func run() throws {
    let process = StageProcess(name: "sink", isSupervised: supervised)
    let context = try Context()
    defer { context.terminate() }
    let cleaner = try Upstream.publisher(1, given: cleaner, flag: "--cleaner", basePort: basePort)
    let aggregator = try Upstream.publisher(2, given: aggregator, flag: "--aggregator", basePort: basePort)
    while true {
      do {
        let job = SinkJob(
          process: process, context: context, cleaner: cleaner, aggregator: aggregator, dataDirectory: folders.dataDir,
          output: output, recovery: recovery)
        return try job.perform()
      } catch let error as NewRunError {
        process.report(.notice("\(error)"))
      }
    }
  }
}

struct SinkFolderArguments: ParsableArguments {
  @Option(help: ArgumentHelp("Folder that gets processed/ and, while the stage runs, state/.", valueName: "dir"))
  var dataDir = "data"

  func validate() throws { try FolderArguments.check("--data-dir", dataDir) }
}

/// What the files look like.
struct SinkArguments: ParsableArguments {
  @Flag(help: "Adds engagement_score to user_daily.csv.")
  var keepEngagement = false
  @Flag(name: .customLong("gzip"), help: "Writes .csv.gz files.")
  var isCompressed = false
  @Flag(help: "Overwrites files in the way that Daylapse did not write.")
  var overwrite = false

  /// The same as arguments for a stage.
  var commandLine: [String] {
    (keepEngagement ? ["--keep-engagement"] : []) + (isCompressed ? ["--gzip"] : [])
      + (overwrite ? ["--overwrite"] : [])
  }
}
