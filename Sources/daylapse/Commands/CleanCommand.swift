import ArgumentParser
import Cleaner
import TopicStream
import ZeroMQ

struct CleanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clean",
    abstract: "Consumes the raw topics, publishes clean and rejected ones.",
    discussion: "Started before or after its producer, on this machine or another:\n\n  daylapse clean")

  @OptionGroup var publishing: PublisherArguments
  @Option(help: ArgumentHelp("Folder of the topics, each a folder of message files.", valueName: "dir"))
  var topicsDir = "topics"
  @Option(help: ArgumentHelp("Where the producer publishes. [default: the base port]", valueName: "endpoint"))
  var producer: String?
  @Flag(help: "Rejects events of unknown types instead of counting them.")
  var strict = false
  @OptionGroup var recovery: RecoveryArguments
  @Flag(help: .private) var supervised = false

  func validate() throws { try FolderArguments.check("--topics-dir", topicsDir) }

  func run() throws {
    let process = StageProcess(name: "cleaner", isSupervised: supervised, start: recovery.start)
    let context = try Context()
    defer { context.terminate() }
    let publisher = try Publisher(
      context: context, name: "cleaner", endpoints: try publishing.endpoints(1),
      options: publishing.options(defaultMembers: ["aggregator", "sink"]))
    defer { publisher.close() }
    let strict = strict
    let job = StageJob(
      process: process, context: context, publisher: publisher, publishing: publishing, recovery: recovery,
      topicsDirectory: topicsDir,
      digest: "clean 1" + (strict ? " strict" : ""),
      upstream: try Upstream.publisher(0, given: producer, flag: "--producer", basePort: publishing.basePort),
      upstreamName: "producer", makeStep: { CleanerStep(options: .init(isStrict: strict)) })
    try job.perform()
  }
}
