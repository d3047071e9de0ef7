import ArgumentParser
import ExternalSort
import OutputFiles
import Records
import Sink
import TopicStream
import ZeroMQ

struct SinkCommand: ResumableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sink",
    abstract: "Consumes the clean topics and the rows per user and day, writes the three CSV files.",
    discussion: """
      Started before or after the other stages, on this machine or another:

        daylapse sink
        daylapse sink --cleaner tcp://cleaner.example:5552 --aggregator tcp://aggregator.example:5554

      Leaves DATA/processed/{users_clean,events_clean,user_daily}.csv with a manifest.
      """)

  @OptionGroup(title: "Folders") var folders: SinkFolderArguments
  @OptionGroup(title: "Output files") var output: SinkArguments
  @Option(help: ArgumentHelp("First of the topology's six ports.", valueName: "port"))
  var basePort = 5550
  @Option(help: ArgumentHelp("Where the cleaner publishes. [default: the base port]", valueName: "endpoint"))
  var cleaner: String?
  @Option(help: ArgumentHelp("Where the aggregator publishes. [default: the base port]", valueName: "endpoint"))
  var aggregator: String?
  @OptionGroup(title: "Recovery") var recovery: RecoveryArguments
  @OptionGroup(title: "Keys") var security: SecurityArguments
  @Flag(name: .shortAndLong, help: "Shows errors only.")
  var quiet = false
  @Flag(help: .private) var supervised = false

  func run() throws {
    let process = StageProcess(name: "sink", isSupervised: supervised, start: recovery.start, isQuiet: quiet)
    defer { process.close() }
    try perform(process)
    try process.leave()
  }

  private func perform(_ process: StageProcess) throws {
    let context = try Context()
    defer { context.terminate() }
    let cleaner = try Upstream.publisher(1, given: cleaner, flag: "--cleaner", basePort: basePort)
    let aggregator = try Upstream.publisher(2, given: aggregator, flag: "--aggregator", basePort: basePort)
    while true {
      do {
        let job = SinkJob(
          process: process, context: context, cleaner: cleaner, aggregator: aggregator, dataDirectory: folders.dataDir,
          output: output, recovery: recovery, security: try security.identity())
        return try job.perform()
      } catch let error as NewRunError {
        process.report(.notice("\(error)"))
      }
    }
  }
}

struct SinkFolderArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp("Folder that gets processed/ and, while the stage runs, state/.", valueName: "dir"),
    completion: .directory)
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

  /// Names the options that decide the content of the files.
  var digest: String {
    var fingerprint = Fingerprint("sink", version: 1)
    fingerprint.add("keep-engagement", keepEngagement)
    fingerprint.add("gzip", isCompressed)
    return fingerprint.description
  }

  /// The folder of the files.
  ///
  /// - Throws: ``CommandError`` where a file is in the way.
  func folder(dataDirectory: String) throws -> OutputFolder {
    try OutputFolder(
      directory: dataDirectory + "/processed",
      names: ["users_clean.csv", "events_clean.csv", "user_daily.csv"].map { $0 + (isCompressed ? ".gz" : "") },
      mayOverwrite: overwrite)
  }

  /// Names the files that these options make of the topics of such runs.
  func run(of topicRuns: [String]) -> String { StableDigest.hexadecimal(topicRuns + [digest]) }

  /// The same as arguments for a stage.
  var commandLine: [String] {
    (keepEngagement ? ["--keep-engagement"] : []) + (isCompressed ? ["--gzip"] : [])
      + (overwrite ? ["--overwrite"] : [])
  }
}
