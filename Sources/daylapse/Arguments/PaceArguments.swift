import ArgumentParser
import Records
import Replay

/// How days go by, and which.
struct PaceArguments: ParsableArguments {
  @Option(help: "max, realtime, a factor such as 60x, or simulated time per second: 1d/s, 6h/s.")
  var speed = SpeedArgument()
  @Option(help: ArgumentHelp("Replays what happened at this time or later.", valueName: "time"))
  var from: TimeArgument?
  @Option(help: ArgumentHelp("Replays what happened before this time.", valueName: "time"))
  var to: TimeArgument?
  @Option(help: ArgumentHelp("Replays so much simulated time: 5d, 6h, 1d12h. Instead of --to.", valueName: "duration"))
  var duration: SimulatedDuration?
  @Flag(help: "Begins again after the last event, again and again, for guests; Ctrl-C ends it.")
  var loop = false
  @Option(help: ArgumentHelp("Pauses at each midnight (day-end), or once at a time.", valueName: "day-end|time"))
  var pauseAt: PauseRule?
  @Flag(help: "Waits for daylapse ctl resume, or step, before the first event.")
  var startPaused = false
  @Option(
    help: ArgumentHelp("No silence lasts longer than this: the clock leaps over the rest.", valueName: "duration"))
  var skipSilence: SimulatedDuration?

  func validate() throws {
    if to != nil, duration != nil {
      throw ValidationError("--to and --duration both say where the replay ends: leave one out")
    }
    if duration != nil, from == nil {
      throw ValidationError("--duration counts from --from: say where the replay begins")
    }
    if let from, let end = end, end <= from.time {
      throw ValidationError("--from \(from.time) is not before the end, \(end): nothing would be replayed")
    }
  }

  /// Where what is replayed ends, if that is not where the days end.
  var end: EventTime? {
    if let to { return to.time }
    guard let from, let duration else { return nil }
    return from.time.advanced(bySeconds: duration.seconds)
  }

  /// The same as arguments for a stage.
  var commandLine: [String] {
    ["--speed", speed.argument] + (from.map { ["--from", "\($0.time)"] } ?? []) + (end.map { ["--to", "\($0)"] } ?? [])
      + (loop ? ["--loop"] : []) + (pauseAt.map { ["--pause-at", "\($0)"] } ?? [])
      + (startPaused ? ["--start-paused"] : []) + (skipSilence.map { ["--skip-silence", "\($0)"] } ?? [])
  }
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

/// A simulated date, or date and time.
struct TimeArgument: ExpressibleByArgument {
  var time: EventTime

  init?(argument: String) {
    guard let time = EventTime(argument) else { return nil }
    self.time = time
  }
}

extension SimulatedDuration: ExpressibleByArgument {
  public init?(argument: String) {
    guard let duration = try? SimulatedDuration(argument) else { return nil }
    self = duration
  }
}

extension PauseRule: ExpressibleByArgument {
  public init?(argument: String) {
    guard let rule = try? PauseRule(argument) else { return nil }
    self = rule
  }
}
