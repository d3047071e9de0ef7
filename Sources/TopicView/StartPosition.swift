import Records

/// Where in a topic somebody begins to read.
public enum StartPosition: Equatable, Sendable {
  case beginning
  /// Behind what is there at present.
  case now
  case offset(Int)
  /// So many messages before what comes next.
  case last(Int)
  /// The first message at which event time has come so far.
  case time(EventTime)

  /// Reads `beginning`, `now` or `end`, an offset, `-N`, or a time such as `2025-02-01` or `2025-02-01T06:00`.
  public init?(_ text: String) {
    switch text {
    case "beginning": self = .beginning
    case "now", "end": self = .now
    default:
      if let number = Int(text) {
        guard number > -1 << 60, number < 1 << 60 else { return nil }
        self = number < 0 || text.hasPrefix("-") ? .last(-number) : .offset(number)
      } else if let time = EventTime(text) {
        self = .time(time)
      } else {
        return nil
      }
    }
  }

  /// The offset that this is in a topic.
  ///
  /// - Parameters:
  ///   - first: The offset of the topic's first message.
  ///   - next: The offset of the message that comes next.
  ///   - offsetOfTime: Where event time comes so far.
  public func offset(first: Int, next: Int, at offsetOfTime: (EventTime) throws -> Int) rethrows -> Int {
    switch self {
    case .beginning: first
    case .now: next
    case .offset(let offset): max(first, offset)
    case .last(let count): max(first, next - count)
    case .time(let time): try offsetOfTime(time)
    }
  }
}

/// Where in a topic somebody stops reading: before an offset, or before the first message at which event time has come
/// so far.
public enum EndPosition: Equatable, Sendable {
  case offset(Int)
  case time(EventTime)

  /// Reads an offset or a time.
  public init?(_ text: String) {
    if let offset = Int(text) {
      guard offset >= 0 else { return nil }
      self = .offset(offset)
    } else if let time = EventTime(text) {
      self = .time(time)
    } else {
      return nil
    }
  }
}
