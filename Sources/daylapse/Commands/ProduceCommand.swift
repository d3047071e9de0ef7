import ArgumentParser
import Records
import Replay
import ZeroMQ

struct ProduceCommand: ResumableCommand {
  static let configuration = CommandConfiguration(
    commandName: "produce",
    abstract: "Publishes topics from their message files, in event-time order.",
    discussion: """
      users.raw and events.raw, a day per second, once the cleaner has joined:

        daylapse produce --speed 1d/s

      Without the other stages, for a consumer of your own:

        daylapse produce --members none --wait-for my-consumer

      Any other topics, merged in time order:

        daylapse produce events.clean user.daily --speed 1h/s --start-paused

      A replay that was interrupted goes on when the same command is given again; one that has ended is replayed anew.
      """)

  @Argument(
    help: ArgumentHelp("Topics to replay. [default: users.raw events.raw]", valueName: "topic"), completion: .topics)
  var topics: [String] = []
  @OptionGroup(title: "Folders") var folders: FolderArguments
  @OptionGroup(title: "Replay") var pace: PaceArguments
  @OptionGroup(title: "Replay") var times: TimeFieldArguments
  @Flag(help: "Publishes topics of your own whose messages are not in the order of their times, as they are.")
  var unsorted = false
  @OptionGroup(title: "Publishing") var publishing: PublisherArguments
  @OptionGroup(title: "Recovery") var recovery: RecoveryArguments
  @Flag(help: "Begins with the first message, also where a replay was interrupted.")
  var fresh = false
  @Flag(name: .shortAndLong, help: "Shows errors only.")
  var quiet = false
  @Flag(help: .private) var supervised = false
  @Flag(help: .private) var holdStart = false
  @Flag(help: .private) var resumesFinished = false

  mutating func validate() throws {
    topics = try folders.take(topics)
    try times.check(topics: topics.isEmpty ? ProducedTopic.raw.map(\.name) : topics)
    for (index, topic) in topics.enumerated() where topics[..<index].contains(topic) {
      throw ValidationError("\(topic) is named twice")
    }
  }

  func run() throws {
    let process = StageProcess(name: "producer", isSupervised: supervised, start: recovery.start, isQuiet: quiet)
    defer { process.close() }
    try perform(process)
    try process.leave()
  }

  private func perform(_ process: StageProcess) throws {
    let context = try Context()
    defer { context.terminate() }
    try ProduceJob(
      process: process, context: context, folders: folders, publishing: publishing,
      endpoints: publishing.endpoints(0), recovery: recovery, pace: pace,
      topics: topics.isEmpty ? ProducedTopic.raw : topics.map { ProducedTopic($0, given: times.given) },
      mayBeUnsorted: unsorted, holdsStart: holdStart, startsFresh: fresh && !recovery.isStartedAgain,
      resumesFinished: resumesFinished || recovery.isStartedAgain
    ).perform()
  }
}
