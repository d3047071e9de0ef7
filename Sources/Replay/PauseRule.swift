import Records

/// Where a replay pauses by itself.
public enum PauseRule: Equatable, Sendable {
  /// At every midnight, before the next day's first event.
  case dayEnd
  /// Once, before the first event at or after a time.
  case time(EventTime)

  /// Reads `day-end`, a date, or a date and time.
  public init(_ text: String) throws(PauseRuleError) {
    if text == "day-end" {
      self = .dayEnd
    } else if let time = EventTime(text) {
      self = .time(time)
    } else {
      throw PauseRuleError(text: text)
    }
  }

  /// The first place to pause at behind an instant.
  func next(after instant: ReplayInstant) -> EventTime? {
    switch self {
    case .dayEnd: instant.time.nextMidnight
    case .time(let time): ReplayInstant(time) > instant ? time : nil
    }
  }
}

extension PauseRule: CustomStringConvertible {
  public var description: String {
    switch self {
    case .dayEnd: "day-end"
    case .time(let time): time.description
    }
  }
}

/// A text that names no place to pause at.
public struct PauseRuleError: Error, Equatable, CustomStringConvertible {
  public var text: String

  public var description: String {
    "\"\(text)\" is no place to pause at: use day-end, or a time such as 2025-02-01 or 2025-02-01T06:00"
  }
}
