import Aggregator
import ArgumentParser
import Records
import TopicStream
import ZeroMQ

struct AggregateCommand: ResumableCommand {
  static let configuration = CommandConfiguration(
    commandName: "aggregate",
    abstract: "Consumes the clean topics, publishes one row per user and day.",
    discussion: """
      Started before or after its cleaner, on this machine or another:

        daylapse aggregate
        daylapse aggregate --cleaner tcp://cleaner.example:5552

      Also the rows of the day that is still open, every simulated hour:

        daylapse aggregate --early-every 3600
      """)

  @OptionGroup(title: "Publishing") var publishing: PublisherArguments
  @OptionGroup(title: "Aggregation") var aggregation: AggregationArguments
  @Option(
    help: ArgumentHelp("Folder of the topics, each a folder of message files.", valueName: "dir"),
    completion: .directory)
  var topicsDir = "topics"
  @Option(help: ArgumentHelp("Where the cleaner publishes. [default: the base port]", valueName: "endpoint"))
  var cleaner: String?
  @OptionGroup(title: "Recovery") var recovery: RecoveryArguments
  @Flag(name: .shortAndLong, help: "Shows errors only.")
  var quiet = false
  @Flag(help: .private) var supervised = false

  func validate() throws { try FolderArguments.check("--topics-dir", topicsDir) }

  func run() throws {
    let process = StageProcess(name: "aggregator", isSupervised: supervised, start: recovery.start, isQuiet: quiet)
    defer { process.close() }
    try perform(process)
    try process.leave()
  }

  private func perform(_ process: StageProcess) throws {
    let context = try Context()
    defer { context.terminate() }
    let publisher = try Publisher(
      context: context, name: "aggregator", endpoints: try publishing.endpoints(2),
      options: publishing.options(
        defaultMembers: ["sink"], isStartedAgain: recovery.isStartedAgain, generation: process.givenGeneration))
    defer { publisher.close() }
    let options = aggregation.options
    let upstream = try Upstream.publisher(1, given: cleaner, flag: "--cleaner", basePort: publishing.basePort)
    let history = FetchedHistory(
      TopicHistory(
        context: context, service: upstream.service, security: try publishing.security.identity(),
        inputTopics: AggregatorStep().inputs.map(\.topic)), process: process)
    var job = StageJob(
      process: process, context: context, publisher: publisher, publishing: publishing, recovery: recovery,
      topicsDirectory: topicsDir, digest: aggregation.digest, upstream: upstream,
      upstreamName: "cleaner", makeStep: { AggregatorStep(options: options, history: history) })
    job.answer = { (stage, verb, arguments) throws(ServiceError) in
      guard verb == "query" else { return nil }
      return try UserDayQuery(arguments).answer(stage)
    }
    try job.perform()
  }
}

/// How days are closed.
struct AggregationArguments: ParsableArguments {
  @Option(help: ArgumentHelp("How far event time goes past a day's end before the day closes.", valueName: "seconds"))
  var outOfOrderness = 0
  @Option(
    help: ArgumentHelp(
      "Also publishes the rows of the open day that changed, each time so much event time has passed.",
      valueName: "seconds"))
  var earlyEvery: Int?
  @Option(help: ArgumentHelp("How many days the grid may span.", valueName: "days"))
  var maxDays = 3660

  func validate() throws {
    guard (0...31_622_400).contains(outOfOrderness) else {
      throw ValidationError("--out-of-orderness is \(outOfOrderness), but must be from 0 to 31622400 seconds, a year")
    }
    if let earlyEvery, !(1...86_400).contains(earlyEvery) {
      throw ValidationError("--early-every is \(earlyEvery), but must be from 1 to 86400 seconds, a day")
    }
    guard (1...3_652_059).contains(maxDays) else {
      throw ValidationError("--max-days is \(maxDays), but must be from 1 to 3652059, ten thousand years")
    }
  }

  var options: AggregatorStep.Options {
    .init(outOfOrdernessSeconds: outOfOrderness, earlyIntervalSeconds: earlyEvery, maxDays: maxDays)
  }

  /// Names the options that decide the content of what the aggregator writes.
  var digest: String {
    var fingerprint = Fingerprint("aggregate", version: 2)
    fingerprint.add("out-of-orderness", outOfOrderness)
    fingerprint.add("early-every", earlyEvery.map(String.init) ?? "never")
    fingerprint.add("max-days", maxDays)
    return fingerprint.description
  }

  /// The same as arguments for a stage.
  var commandLine: [String] {
    ["--out-of-orderness", String(outOfOrderness), "--max-days", String(maxDays)]
      + (earlyEvery.map { ["--early-every", String($0)] } ?? [])
  }
}
