import ExternalSort
import Records

/// Gathers the clean topics and gives them out as three tables.
///
/// The three inputs are independent: none is held back for another. What it gathers lies in sorted runs, in the
/// storage it was given, so memory grows with the number of users only.
public final class SinkStep: Step {
  public struct Options: Sendable {
    /// Adds `engagement_score` to `user_daily.csv`.
    public var keepsEngagement: Bool

    public init(keepsEngagement: Bool = false) { self.keepsEngagement = keepsEngagement }
  }

  public let inputs = [StepInput("users.clean"), StepInput("events.clean"), StepInput("user.daily")]
  public let outputs: [String] = []

  public let users = UserTable()
  public let events: EventTable
  public let userDays: UserDayTable
  private(set) var hasEnded = [false, false, false]

  /// - Parameters:
  ///   - runByteLimit: How many bytes of rows of a table are in memory at a time.
  ///   - storage: Gives a new place for sorted runs: one each for events, for user-days, and for user-days
  ///     that come before their users.
  public init(options: Options = Options(), runByteLimit: Int = 8 << 20, storage: () -> any RunStorage) {
    func sorter(_ byteLimit: Int) -> RowSorter { RowSorter(runByteLimit: byteLimit, storage: storage()) }
    events = EventTable(sorter: sorter(runByteLimit))
    userDays = UserDayTable(
      users: users, sorter: sorter(runByteLimit), early: sorter(min(runByteLimit, 1 << 20)),
      keepsEngagement: options.keepsEngagement)
  }

  /// Whether all inputs have ended, so that the tables can be written.
  public var isComplete: Bool { hasEnded.allSatisfy { $0 } }

  public func process(
    _ lines: UnsafeRawBufferPointer, of input: Int, at offset: Int, into outputs: [OutputTopic]
  ) throws {
    switch input {
    case 0:
      var offset = offset
      try lines.forEachLine { line in
        try users.add(line, at: offset)
        offset += 1
      }
    case 1: try events.add(lines, at: offset)
    default:
      if hasEnded[0] {
        try userDays.add(lines, at: offset)
      } else {
        try userDays.postpone(lines, at: offset)
      }
    }
  }

  public func end(of input: Int, at offset: Int, into outputs: [OutputTopic]) throws {
    hasEnded[input] = true
    switch input {
    case 0: try userDays.catchUp()
    case 1: try events.finish()
    default: break
    }
    if isComplete { try userDays.finish() }
  }

  public func outputsEnding(with input: Int) -> [Int] { [] }

  public var counts: [StepCount] {
    [
      StepCount("users", users.count), StepCount("events", events.rowCount), StepCount("user_days", userDays.rowCount),
      StepCount("active_user_days", userDays.activeCount),
    ]
  }
}
