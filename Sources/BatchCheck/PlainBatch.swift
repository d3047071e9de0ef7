import Records

/// What users and events come to, computed all at once in the plainest way: a second opinion that shares no decision
/// with the stages.
///
/// Users are added before the first event, both in the order of their topics. All of it is kept in memory, an event in
/// some 64 bytes.
public struct PlainBatch {
  /// How many messages there were, and how many are clean.
  public private(set) var usersIn = 0
  public private(set) var eventsIn = 0
  public var usersClean: Int { users.count }
  public var eventsClean: Int { events.count }

  private let isStrict: Bool
  private(set) var users: [PlainUser] = []
  private(set) var events: [PlainEvent] = []
  private(set) var texts = PlainTexts()
  private var placeOfUser: [Int: Int32] = [:]
  private var seenEvents: Set<Int> = []

  private static let userColumns = [
    "user_id", "signup_date", "plan", "is_paid", "country", "marketing_source", "engagement_score",
  ]
  private static let eventColumns = [
    "event_id", "user_id", "event_time", "event_type", "course_id", "watch_minutes", "quiz_score", "amount",
  ]

  static let eventTypes = [
    "login", "course_enroll", "video_watch", "quiz_attempt", "payment_success", "payment_failed", "support_ticket",
  ]

  /// - Parameter isStrict: Whether events of unknown types are rejected.
  public init(isStrict: Bool) { self.isStrict = isStrict }

  /// Takes a message of `users.raw`.
  public mutating func addUser(_ line: UnsafeRawBufferPointer) {
    usersIn += 1
    guard let message = try? JSONValue(parsing: line), case .object = message,
      !PlainText.hasBytes(message, PlainBatch.userColumns), let id = PlainText.whole(message, "user_id"),
      let signup = PlainText.time(message, "signup_date"),
      let plan = PlainText.word(message, "plan"), placeOfUser[id] == nil
    else { return }
    placeOfUser[id] = Int32(users.count)
    users.append(
      PlainUser(
        id: id, signupDay: PlainTime.dayNumber(signup), plan: plan, country: PlainText.field(message, "country") ?? "",
        marketingSource: PlainText.field(message, "marketing_source") ?? "",
        engagement: PlainText.number(message, "engagement_score")))
  }

  /// Takes a message of `events.raw`.
  public mutating func addEvent(_ line: UnsafeRawBufferPointer) {
    eventsIn += 1
    guard let message = try? JSONValue(parsing: line), case .object = message,
      !PlainText.hasBytes(message, PlainBatch.eventColumns), let id = PlainText.whole(message, "event_id"),
      let userID = PlainText.whole(message, "user_id"),
      let seconds = PlainText.time(message, "event_time"), let type = PlainText.word(message, "event_type"),
      !isStrict || PlainBatch.eventTypes.contains(type),
      // an id counts as seen whether its user is known or not
      seenEvents.insert(id).inserted, let user = placeOfUser[userID]
    else { return }
    events.append(
      PlainEvent(
        id: id, user: user, type: texts.number(of: type),
        course: texts.number(of: PlainText.field(message, "course_id") ?? ""), seconds: seconds,
        watchMinutes: PlainText.number(message, "watch_minutes") ?? 0,
        quizScore: PlainText.number(message, "quiz_score") ?? .nan, amount: PlainText.number(message, "amount") ?? .nan)
    )
  }

  /// The days of the grid, from the first to the last event; without events the earliest signup, without users none.
  var days: ClosedRange<Int>? {
    guard let first = events.min(by: { $0.seconds < $1.seconds }),
      let last = events.max(by: { $0.seconds < $1.seconds })
    else { return users.map(\.signupDay).min().map { $0...$0 } }
    return PlainTime.dayNumber(first.seconds)...PlainTime.dayNumber(last.seconds)
  }

  /// How many days the grid has.
  public var dayCount: Int { days?.count ?? 0 }

  /// Where a user stands in the file of users, by the text of its id.
  func placeOfUser(_ id: String) -> Int? { Int(id).flatMap { placeOfUser[$0] }.map { Int($0) } }

  mutating func sortEventsByID() { events.sort { $0.id < $1.id } }

  mutating func sortEventsByUserDay() {
    events.sort { ($0.user, $0.seconds, $0.id) < ($1.user, $1.seconds, $1.id) }
  }
}
