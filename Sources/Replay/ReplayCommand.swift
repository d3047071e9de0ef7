import Records

/// What a person can ask of a running replay.
public enum ReplayCommand: Equatable, Sendable {
  case pause
  case resume
  /// Pauses what runs, and lets go on what is paused.
  case toggle
  case speed(ReplaySpeed)
  /// Twice as fast, or half as fast.
  case faster
  case slower
  /// One more event, or what lies in the next stretch of simulated time; then the replay is paused.
  case step(Step)
  case seek(EventTime)
  /// Changes nothing.
  case status

  public enum Step: Equatable, Sendable {
    case event
    case duration(SimulatedDuration)

    /// Reads `event` or a duration.
    public init(_ text: String) throws(SimulatedDurationError) {
      self = text == "event" ? .event : .duration(try SimulatedDuration(text))
    }
  }

  static let names = ["pause", "resume", "toggle", "speed", "faster", "slower", "step", "seek", "status"]

  /// Reads what the verb `control` carries: `{"command":"seek","time":"2025-02-01"}`.
  public init(_ json: JSONValue) throws(ReplayCommandError) {
    func text(_ name: String, _ what: String) throws(ReplayCommandError) -> String {
      guard let text = json[name]?.stringValue else { throw ReplayCommandError("\"\(name)\" is missing: \(what)") }
      return text
    }
    let command = try text("command", "one of " + ReplayCommand.names.joined(separator: ", "))
    do {
      switch command {
      case "pause": self = .pause
      case "resume": self = .resume
      case "toggle": self = .toggle
      case "speed": self = .speed(try ReplaySpeed(try text("speed", "such as 1d/s")))
      case "faster": self = .faster
      case "slower": self = .slower
      case "step": self = .step(try Step(json["by"]?.stringValue ?? "event"))
      case "seek":
        let time = try text("time", "such as 2025-02-01T06:00:00")
        guard let time = EventTime(time) else { throw ReplayCommandError("\"\(time)\" is no date and time") }
        self = .seek(time)
      case "status": self = .status
      default:
        throw ReplayCommandError(
          "there is no command \"\(command.prefix(40))\": use " + ReplayCommand.names.joined(separator: ", "))
      }
    } catch let error as ReplayCommandError {
      throw error
    } catch {
      throw ReplayCommandError("\(error)")
    }
  }

  /// What ``init(_:)`` reads.
  public var json: [JSONValue.Member] {
    func object(_ name: String, _ more: JSONValue.Member...) -> [JSONValue.Member] {
      [.init("command", .string(name))] + more
    }
    return switch self {
    case .pause: object("pause")
    case .resume: object("resume")
    case .toggle: object("toggle")
    case .speed(let speed): object("speed", .init("speed", .string(speed.description)))
    case .faster: object("faster")
    case .slower: object("slower")
    case .step(.event): object("step", .init("by", "event"))
    case .step(.duration(let duration)): object("step", .init("by", .string(duration.description)))
    case .seek(let time): object("seek", .init("time", .string(time.description)))
    case .status: object("status")
    }
  }
}

/// Why something is no command.
public struct ReplayCommandError: Error, Equatable, CustomStringConvertible {
  public var description: String

  init(_ description: String) { self.description = description }
}
