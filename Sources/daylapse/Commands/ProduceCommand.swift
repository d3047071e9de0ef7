import ArgumentParser
import Replay
import ZeroMQ

struct ProduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "produce",
    abstract: "Publishes users.raw and events.raw from their message files, in event-time order.",
    discussion: "A day per second, waiting for the cleaner to join:\n\n  daylapse produce --speed 1d/s")

  @OptionGroup var folders: FolderArguments
  @OptionGroup var publishing: PublisherArguments
  @OptionGroup var pace: PaceArguments
  @OptionGroup var recovery: RecoveryArguments
  @Flag(help: .private) var supervised = false
  @Flag(help: .private) var holdStart = false
  @Flag(help: .private) var resumesFinished = false

  func run() throws {
    let process = StageProcess(name: "producer", isSupervised: supervised, start: recovery.start)
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
