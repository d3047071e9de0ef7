import ArgumentParser
import Replay
import ZeroMQ

struct ProduceCommand: ResumableCommand {
  static let configuration = CommandConfiguration(
    commandName: "produce",
    abstract: "Publishes users.raw and events.raw from their message files, in event-time order.",
    discussion: """
      A day per second, once the cleaner has joined:

        daylapse produce --speed 1d/s

      Without the other stages, for a consumer of your own:

        daylapse produce --members none --wait-for my-consumer
      """)

  @OptionGroup(title: "Folders") var folders: FolderArguments
  @OptionGroup(title: "Publishing") var publishing: PublisherArguments
  @OptionGroup(title: "Replay") var pace: PaceArguments
  @OptionGroup(title: "Recovery") var recovery: RecoveryArguments
  @Flag(name: .shortAndLong, help: "Shows errors only.")
  var quiet = false
  @Flag(help: .private) var supervised = false
  @Flag(help: .private) var holdStart = false
  @Flag(help: .private) var resumesFinished = false

  func run() throws {
    let process = StageProcess(name: "producer", isSupervised: supervised, start: recovery.start, isQuiet: quiet)
    defer { process.close() }
    let context = try Context()
    defer { context.terminate() }
    try ProduceJob(
      process: process, context: context, folders: folders, publishing: publishing,
      endpoints: publishing.endpoints(0), recovery: recovery, speed: pace.speed.value, holdsStart: holdStart,
      resumesFinished: resumesFinished || recovery.isStartedAgain
    ).perform()
  }
}

/// How fast days go by.
struct PaceArguments: ParsableArguments {
  @Option(help: "max, realtime, a factor such as 60x, or simulated time per second: 1d/s, 6h/s.")
  var speed = SpeedArgument()
}

/// A speed, and the text it was given as.
struct SpeedArgument: ExpressibleByArgument, CustomStringConvertible {
  var argument = "max"
  var value = ReplaySpeed.max

  init() {}

  init?(argument: String) {
    guard let value = try? ReplaySpeed(argument) else { return nil }
    self.argument = argument
    self.value = value
  }

  var description: String { argument }
}
