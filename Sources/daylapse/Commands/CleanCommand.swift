import ArgumentParser
import Cleaner
import TopicStream
import ZeroMQ

struct CleanCommand: ResumableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clean",
    abstract: "Consumes the raw topics, publishes clean and rejected ones.",
    discussion: """
      Started before or after its producer, on this machine or another:

        daylapse clean
        daylapse clean --producer tcp://producer.example:5550
      """)

  @OptionGroup(title: "Publishing") var publishing: PublisherArguments
  @Option(
    help: ArgumentHelp("Folder of the topics, each a folder of message files.", valueName: "dir"),
    completion: .directory)
  var topicsDir = "topics"
  @Option(help: ArgumentHelp("Where the producer publishes. [default: the base port]", valueName: "endpoint"))
  var producer: String?
  @OptionGroup(title: "Cleaning") var cleaning: CleaningArguments
  @OptionGroup(title: "Recovery") var recovery: RecoveryArguments
  @Flag(name: .shortAndLong, help: "Shows errors only.")
  var quiet = false
  @Flag(help: .private) var supervised = false

  func validate() throws { try FolderArguments.check("--topics-dir", topicsDir) }

  func run() throws {
    let process = StageProcess(name: "cleaner", isSupervised: supervised, start: recovery.start, isQuiet: quiet)
    defer { process.close() }
    try perform(process)
    try process.leave()
  }

  private func perform(_ process: StageProcess) throws {
    let context = try Context()
    defer { context.terminate() }
    let publisher = try Publisher(
      context: context, name: "cleaner", endpoints: try publishing.endpoints(1),
      options: publishing.options(
        defaultMembers: ["aggregator", "sink"], isStartedAgain: recovery.isStartedAgain,
        generation: process.givenGeneration))
    defer { publisher.close() }
    let strict = cleaning.strict
    let job = StageJob(
      process: process, context: context, publisher: publisher, publishing: publishing, recovery: recovery,
      topicsDirectory: topicsDir,
      digest: cleaning.digest,
      upstream: try Upstream.publisher(0, given: producer, flag: "--producer", basePort: publishing.basePort),
      upstreamName: "producer", makeStep: { CleanerStep(options: .init(isStrict: strict)) })
    try job.perform()
  }
}
