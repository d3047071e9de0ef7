import Records

/// Holds the messages of one topic against its schema and the order it promises, and counts what other topics are held
/// against.
struct MessageCheck {
  let schema: TopicSchema
  /// Whether messages come in the order of their event time.
  let promisesOrder: Bool
  /// Whether the revisions of a row may lack some, as in a topic that was recovered.
  let mayLackRevisions: Bool

  private let timeOf: @Sendable (UnsafeRawBufferPointer) -> EventTime?

  private(set) var count = 0
  private(set) var first: EventTime?
  private(set) var last: EventTime?
  /// The offset of the first message that comes after a later one.
  private(set) var firstLateOffset: Int?
  /// Messages without a time that can be read, in a topic that has times, and the offset of the first.
  private(set) var untimedCount = 0
  private(set) var firstUntimedOffset: Int?
  /// In `users.clean`: the earliest signup.
  private(set) var earliestSignup: CivilDate?
  /// In `user.daily`: the highest revision of each user and day.
  private var revisions: [UserDay: Int] = [:]
  private var lastClosedDay: CivilDate?

  private struct UserDay: Hashable {
    var user: Int
    var day: Int32
  }

  init(schema: TopicSchema, promisesOrder: Bool, mayLackRevisions: Bool = false) {
    self.schema = schema
    timeOf = schema.timeOf
    self.promisesOrder = promisesOrder
    self.mayLackRevisions = mayLackRevisions
  }

  /// How many users and days have a row.
  var userDayCount: Int { revisions.count }

  /// Takes the next message.
  ///
  /// - Returns: What is wrong with it, with the kind of finding that this is.
  mutating func add(_ line: UnsafeRawBufferPointer, at offset: Int) -> (kind: String, problem: SchemaProblem)? {
    count += 1
    let (message, problem) = schema.check(line)
    if let problem { return ("message", problem) }
    guard let message else { return nil }
    switch schema.topic {
    case "user.daily": return checkUserDay(message)
    case "users.clean":
      if let signup = message["signup_date"]?.stringValue.flatMap({ CivilDate($0) }) {
        earliestSignup = earliestSignup.map { min($0, signup) } ?? signup
      }
    default: break
    }
    guard let time = timeOf(line) else {
      untimedCount += 1
      if firstUntimedOffset == nil { firstUntimedOffset = offset }
      return nil
    }
    first = first.map { min($0, time) } ?? time
    if let last, time < last {
      if firstLateOffset == nil { firstLateOffset = offset }
      if promisesOrder {
        return ("order", SchemaProblem(expected: "an event time from \(last) on", actual: "\(time)"))
      }
    }
    last = last.map { max($0, time) } ?? time
    return nil
  }

  private mutating func checkUserDay(_ message: JSONValue) -> (kind: String, problem: SchemaProblem)? {
    guard let user = message["user_id"]?.intValue, let revision = message["revision"]?.intValue,
      let day = message["as_of_date"]?.stringValue.flatMap({ CivilDate($0) })
    else { return nil }
    let key = UserDay(user: user, day: day.daysSinceEpoch)
    let before = revisions.updateValue(revision, forKey: key) ?? -1
    if mayLackRevisions ? revision <= before : revision != before + 1 {
      return (
        "revision",
        SchemaProblem(
          expected: "revision \(before + 1) of user \(user) on \(day)", actual: "revision \(revision)")
      )
    }
    guard message["pane"] == "on_time" else { return nil }
    if let lastClosedDay, day < lastClosedDay {
      return ("order", SchemaProblem(expected: "days from \(lastClosedDay) on to close", actual: "\(day)"))
    }
    lastClosedDay = day
    return nil
  }
}
