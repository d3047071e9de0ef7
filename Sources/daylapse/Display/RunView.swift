import Records
import Replay

/// All that is shown of a replay, or of a single stage, at a moment.
struct RunView: Equatable {
  enum State: Equatable {
    case starting, running, paused, catchingUp
    /// Everything is published; the stages after the producer have some left to do.
    case finishing
    /// Something is missing, in words.
    case waiting(String)
  }

  struct Stage: Equatable {
    var name: String
    /// Messages per second.
    var rate: Double?
    /// Messages that wait for it; nothing where it waits for nobody.
    var lag: Int?
    /// Simulated time.
    var time: EventTime?
    var messages = 0
    var rejected: Int?
    /// How often it was started again.
    var restarts = 0
    /// What it does instead of its ordinary work, or waits for.
    var note: String?
    var isDone = false
  }

  var state = State.starting
  /// Simulated time.
  var clock: EventTime?
  var speed = ReplaySpeed.max
  /// Simulated seconds per second, of late.
  var achievedFactor: Double?
  /// How much of the replay is over, from 0 to 1.
  var fraction: Double?
  var secondsLeft: Double?
  /// Whether there is a replay, and not only stages.
  var hasReplay = true
  var stages: [Stage] = []
  /// What keys do; empty where none are read.
  var keys: [KeyHelp] = []
  var showsHelp = false
}

/// What a key does, in words.
struct KeyHelp: Equatable {
  enum Sign: Equatable {
    case text(String)
    case right, upAndDown
  }

  var sign: Sign
  /// For the line below the display; nothing for keys that only the help names.
  var short: String?
  var long: String
}
