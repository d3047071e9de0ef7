import ArgumentParser
import OutputFiles
import RawData
import Records
import TopicLog

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Generates or imports days, replays them through all stages, and writes the three CSV files.",
    discussion: """
        daylapse run
        daylapse run --n-users 200 --days 30 --speed 6h/s
        daylapse run --raw-dir my/csvs --wait-for my-consumer
        daylapse run --quiet --json

      Leaves DATA/raw/{users,events}.csv (unless --raw-dir), the topics, and
      DATA/processed/{users_clean,events_clean,user_daily}.csv with a manifest.

      A terminal shows what happens, and ? what keys do. Ctrl-C stops the run in an
      orderly way; run the same command to continue.
      """)

  @OptionGroup(title: "Generation") var generator: GeneratorArguments
  @Option(
    help: ArgumentHelp("Imports users.csv and events.csv (or .csv.gz) from here instead.", valueName: "dir"),
    completion: .directory)
  var rawDir: String?
  @OptionGroup(title: "Folders") var folders: FolderArguments
  @OptionGroup(title: "Replay") var pace: PaceArguments
  @OptionGroup(title: "Cleaning") var cleaning: CleaningArguments
  @OptionGroup(title: "Aggregation") var aggregation: AggregationArguments
  @OptionGroup(title: "Output files") var output: SinkArguments
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "First of six ports on 127.0.0.1 for consumers of your own. 0 takes free ones.", valueName: "port"))
  var basePort = 5550
  @Option(
    help: ArgumentHelp(
      "Starts when a consumer of this name is here, and stays until it has everything, or has given no sign for 60 s. "
        + "Repeatable.",
      valueName: "name"))
  var waitFor: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How long stages stay for guests when everything is published. [default: 1, or 10 where one has missed messages]",
      valueName: "seconds"))
  var linger: Double?
  @OptionGroup(title: "Batches") var batch: BatchArguments
  @OptionGroup(title: "Keys") var keys: KeyArguments
  @Flag(help: "Brings the days in again and starts from the top, also where a run was interrupted.")
  var fresh = false
  @OptionGroup(title: "Recovery") var recovery: RecoveryArguments
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How often a stage that was killed is started again without coming further; 0 for never.", valueName: "count"))
  var restarts = 10
  @OptionGroup(title: "Reporting") var reporting: ReportingArguments

  func validate() throws {
    guard basePort == 0 || (1...65_530).contains(basePort) else {
      throw ValidationError("--base-port is \(basePort), but must be 0 or from 1 to 65530")
    }
    if let rawDir {
      try FolderArguments.check("--raw-dir", rawDir)
      if let option = GeneratorArguments.givenOption {
        throw ValidationError(
          "\(option) says what to generate, but --raw-dir imports what is there: leave one of them out")
      }
    }
    guard (0...1_000_000).contains(restarts) else {
      throw ValidationError("--restarts is \(restarts), but must be from 0 to 1000000")
    }
    try ConsumerNameArgument.check(waitFor)
    guard LingerArgument.isValid(linger) else {
      throw ValidationError("--linger is \(linger!), but must be from 0 to 86400 seconds")
    }
  }

  /// Names the options that decide the content of the results, besides what the days are made from.
  var resultOptions: String {
    var fingerprint = Fingerprint("run", version: 1)
    fingerprint.add("from", pace.from?.time.description ?? "first")
    fingerprint.add("to", pace.end?.description ?? "last")
    fingerprint.add("clean", cleaning.digest)
    fingerprint.add("aggregate", aggregation.digest)
    fingerprint.add("sink", output.digest)
    return fingerprint.description
  }

  func run() throws {
    StopSignal.catchSignals()
    _ = try keys.server()  // before anything is generated
    try RunJob(command: self).perform()
  }
}

/// What is clean.
struct CleaningArguments: ParsableArguments {
  @Flag(help: "Rejects events of unknown types instead of counting them.")
  var strict = false

  /// Names the options that decide the content of what the cleaner writes.
  var digest: String {
    var fingerprint = Fingerprint("clean", version: 2)
    fingerprint.add("strict", strict)
    return fingerprint.description
  }
}
