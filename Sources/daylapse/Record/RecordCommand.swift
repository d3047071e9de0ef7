import ArgumentParser
import TopicView
import ZeroMQ

struct RecordCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Writes what publishers publish to message files, every message, from the first on.",
    usage: "daylapse record [<topics> ...] --output <dir> [<options>]",
    discussion: """
      All topics of a replay, from the moment it begins:

        daylapse run --speed 1d/s --wait-for recorder &
        daylapse record --output recording --name recorder

      One topic of a stage of one's own:

        daylapse record active.daily --output mine --publisher tcp://127.0.0.1:5560

      Started again while the same run goes on, or is served, it goes on where it was.
      """)

  @Argument(help: "The topics. [default: all of --publisher, or of the topology]", completion: .topics)
  var topics: [String] = []
  @Option(help: ArgumentHelp("Folder that gets a folder of message files for each topic.", valueName: "dir"))
  var output: String
  @OptionGroup var attach: AttachArguments
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Where to begin, instead of the beginning: now, an offset, -N for the last N, or a time. The recording's own "
        + "offsets count from 0.", valueName: "position"))
  var from: String?
  @Flag(help: "Replaces recordings of other runs.")
  var replace = false
  @Flag(help: "Tells nothing of progress and of publishers that are waited for.")
  var quiet = false

  mutating func validate() throws {
    topics = try NamedTopics(topics, in: "topics").names
    try FolderArguments.check("--output", output)
    try attach.check(topics: topics)
    _ = try StartPosition.argument(from)
  }

  func run() throws {
    StopSignal.catchSignals()
    let context = try Context()
    defer { context.terminate() }
    try RecordJob(command: self, context: context).perform()
  }
}
