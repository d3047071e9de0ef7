import Records

/// Turns raw users and events into clean ones: typed, first of their id, belonging together; the rest is rejected
/// with a reason.
///
/// Users are finished before the first event. An event line in the plain form that exports have is checked and copied
/// in one pass; every other line is taken apart as JSON and gives the same answer.
public final class CleanerStep: Step {
  public struct Options: Sendable {
    /// Rejects events of unknown types instead of counting them.
    public var isStrict: Bool
    /// Sends every event through the general road. For tests that hold one road against the other.
    public var takesGeneralRoadOnly: Bool

    public init(isStrict: Bool = false, takesGeneralRoadOnly: Bool = false) {
      self.isStrict = isStrict
      self.takesGeneralRoadOnly = takesGeneralRoadOnly
    }
  }

  public let inputs = [StepInput("users.raw", isBootstrap: true), StepInput("events.raw")]
  public let outputs = ["users.clean", "events.clean", "users.rejected", "events.rejected"]

  static let users = 0
  static let events = 1
  static let usersRejected = 2
  static let eventsRejected = 3

  private static let userFields = Set(TopicCatalogue.schema(of: "users.raw").fields.map(\.name))
  private static let eventFields = Set(TopicCatalogue.schema(of: "events.raw").fields.map(\.name))

  private let options: Options
  @exclusivity(unchecked) var scanner = EventScanner()
  @exclusivity(unchecked) var userIDs = IDSet()
  @exclusivity(unchecked) var eventIDs = IDSet()
  var usersIn = 0
  @exclusivity(unchecked) var eventsIn = 0
  var usersClean = 0
  @exclusivity(unchecked) var eventsClean = 0
  var userRejections: [Rejection: Int] = [:]
  var eventRejections: [Rejection: Int] = [:]
  var repairedWatchMinutes = 0
  var repairedQuizScore = 0
  var repairedAmount = 0
  var repairedEngagement = 0

  public init(options: Options = Options()) { self.options = options }

  public func process(
    _ lines: UnsafeRawBufferPointer, of input: Int, at offset: Int, into outputs: [OutputTopic]
  ) throws {
    if input == CleanerStep.users {
      var offset = offset
      try lines.forEachLine { line in
        try cleanUser(line, at: offset, into: outputs)
        offset += 1
      }
    } else {
      try cleanEvents(lines, at: offset, into: outputs)
    }
  }

  public func end(of input: Int, at offset: Int, into outputs: [OutputTopic]) throws {}

  public func outputsEnding(with input: Int) -> [Int] {
    input == CleanerStep.users
      ? [CleanerStep.users, CleanerStep.usersRejected] : [CleanerStep.events, CleanerStep.eventsRejected]
  }

  public var counts: [StepCount] {
    var counts = [StepCount("users_in", usersIn), StepCount("users_clean", usersClean)]
    for reason in Rejection.allCases {
      if let count = userRejections[reason] { counts.append(StepCount("users_rejected.\(reason.rawValue)", count)) }
    }
    counts += [StepCount("events_in", eventsIn), StepCount("events_clean", eventsClean)]
    for reason in Rejection.allCases {
      if let count = eventRejections[reason] { counts.append(StepCount("events_rejected.\(reason.rawValue)", count)) }
    }
    for (field, count) in [
      ("watch_minutes", repairedWatchMinutes), ("quiz_score", repairedQuizScore), ("amount", repairedAmount),
      ("engagement_score", repairedEngagement),
    ] where count > 0 {
      counts.append(StepCount("repaired.\(field)", count))
    }
    return counts
  }

  // MARK: Users

  private func cleanUser(_ line: UnsafeRawBufferPointer, at offset: Int, into outputs: [OutputTopic]) throws {
    usersIn += 1
    func reject(_ reason: Rejection, _ detail: String) throws {
      userRejections[reason, default: 0] += 1
      try write(reason, detail, topic: "users.raw", offset, line, to: outputs[CleanerStep.usersRejected])
    }
    let record: JSONValue
    switch RawRecord(line, fields: CleanerStep.userFields) {
    case .record(let members): record = members
    case .malformed(let problem): return try reject(.malformed, problem)
    }

    let userID = RawField(record["user_id"])
    guard let id = userID.integer else {
      return try reject(.badUserID, userID.problem("user_id", "not a whole number of 64 bits"))
    }
    let signup = RawField(record["signup_date"])
    guard let signupDate = signup.time?.date else {
      return try reject(.badSignupDate, signup.problem("signup_date", "not a date"))
    }
    guard let plan = RawField(record["plan"]).keyword else { return try reject(.missingPlan, "plan is missing") }
    guard userIDs.insert(id) else { return try reject(.duplicate, "user_id \(id) was seen before") }

    let topic = outputs[CleanerStep.users]
    let out = topic.buffer
    out.append("{\"user_id\":")
    out.append(decimal: id)
    out.append(",\"signup_date\":\"")
    out.append(signupDate.description)
    out.append("\",\"plan\":")
    out.append(jsonString: plan)
    out.append(plan == "paid" ? ",\"is_paid\":1" : ",\"is_paid\":0")
    if case .text(let country) = RawField(record["country"]) {
      out.append(",\"country\":")
      out.append(jsonString: country)
    }
    if case .text(let source) = RawField(record["marketing_source"]) {
      out.append(",\"marketing_source\":")
      out.append(jsonString: source)
    }
    let engagement = RawField(record["engagement_score"])
    if let score = engagement.double {
      out.append(",\"engagement_score\":")
      out.append(double: score)
    } else if engagement != .missing {
      repairedEngagement += 1
    }
    out.append("}\n")
    usersClean += 1
    try topic.endLine()
  }

  // MARK: Events

  private func cleanEvents(
    _ lines: UnsafeRawBufferPointer, at offset: Int, into outputs: [OutputTopic]
  ) throws {
    guard let all = ByteSpan(lines) else { return }
    let end = all.start + all.count
    let topic = outputs[CleanerStep.events]
    let out = topic.buffer
    var at = all.start
    var offset = offset
    while at < end {
      eventsIn &+= 1
      guard !options.takesGeneralRoadOnly, let next = scanner.scan(at, end), isPlain(scanner.event) else {
        let rest = UnsafeRawBufferPointer(start: at, count: end - at)
        let length = rest.firstLineFeed ?? rest.count
        try cleanUnusualEvent(UnsafeRawBufferPointer(rebasing: rest[..<length]), at: offset, into: outputs)
        at += length + 1
        offset &+= 1
        continue
      }
      let event = scanner.event
      if !eventIDs.insert(event.eventID) {
        try rejectEvent(.duplicate, duplicate(event.eventID), line(at, next), offset, outputs)
      } else if !userIDs.contains(event.userID) {
        try rejectEvent(.unknownUser, unknown(event.userID), line(at, next), offset, outputs)
      } else {
        out.append(event.head)
        out.append(",\"event_date\":\"")
        out.append(event.time.start, 10)
        out.append(UInt8(ascii: "\""))
        let rest = event.typeName.start - 15
        if event.watchMinutes.count > 0 {
          out.append(rest, next - rest)
        } else {
          // watch_minutes belongs behind the course and before what follows
          if event.type == .videoWatch { repairedWatchMinutes += 1 }
          let courseEnd =
            event.courseID.count > 0
            ? event.courseID.start + event.courseID.count + 1 : event.typeName.start + event.typeName.count + 1
          out.append(rest, courseEnd - rest)
          out.append(",\"watch_minutes\":0.0")
          out.append(courseEnd, next - courseEnd)
        }
        eventsClean &+= 1
        try topic.endLine(atSeconds: event.seconds)
      }
      at = next
      offset &+= 1
    }
  }

  /// Whether a scanned event can be copied as it stands: no word for a missing value, numbers in canonical form.
  @inline(__always)
  private func isPlain(_ event: EventView) -> Bool {
    if options.isStrict && event.type == .other { return false }
    if event.type == .other && !MissingText.excludes(event.typeName) { return false }
    if event.courseID.count > 0 && !MissingText.excludes(event.courseID) { return false }
    if event.watchMinutes.count > 0 && !NumberText.isCanonicalDouble(event.watchMinutes) { return false }
    if event.quizScore.count > 0 && !NumberText.isCanonicalDouble(event.quizScore) { return false }
    if event.amount.count > 0 && !NumberText.isCanonicalDouble(event.amount) { return false }
    return true
  }

  /// The general road: any JSON object, its fields in any order and form.
  private func cleanUnusualEvent(
    _ line: UnsafeRawBufferPointer, at offset: Int, into outputs: [OutputTopic]
  ) throws {
    func reject(_ reason: Rejection, _ detail: String) throws {
      try rejectEvent(reason, detail, line, offset, outputs)
    }
    let record: JSONValue
    switch RawRecord(line, fields: CleanerStep.eventFields) {
    case .record(let members): record = members
    case .malformed(let problem): return try reject(.malformed, problem)
    }

    let eventID = RawField(record["event_id"])
    guard let id = eventID.integer else {
      return try reject(.badEventID, eventID.problem("event_id", "not a whole number of 64 bits"))
    }
    let userID = RawField(record["user_id"])
    guard let user = userID.integer else {
      return try reject(.badUserID, userID.problem("user_id", "not a whole number of 64 bits"))
    }
    let eventTime = RawField(record["event_time"])
    guard let time = eventTime.time else {
      return try reject(.badEventTime, eventTime.problem("event_time", "not a date and time"))
    }
    guard let typeName = RawField(record["event_type"]).keyword else {
      return try reject(.missingEventType, "event_type is missing")
    }
    let type = eventType(typeName)
    if options.isStrict && type == .other {
      return try reject(.unknownEventType, "event_type is \(typeName.visible(limit: 120))")
    }
    guard eventIDs.insert(id) else { return try reject(.duplicate, duplicate(id)) }
    guard userIDs.contains(user) else { return try reject(.unknownUser, unknown(user)) }

    let topic = outputs[CleanerStep.events]
    let out = topic.buffer
    out.append("{\"event_id\":")
    out.append(decimal: id)
    out.append(",\"user_id\":")
    out.append(decimal: user)
    out.append(",\"event_time\":\"")
    out.append(time.description)
    out.append("\",\"event_date\":\"")
    out.append(time.date.description)
    out.append("\",\"event_type\":")
    out.append(jsonString: typeName)
    if case .text(let course) = RawField(record["course_id"]) {
      out.append(",\"course_id\":")
      out.append(jsonString: course)
    }
    let watchMinutes = RawField(record["watch_minutes"])
    if watchMinutes.double == nil, watchMinutes != .missing || type == .videoWatch { repairedWatchMinutes += 1 }
    out.append(",\"watch_minutes\":")
    out.append(double: watchMinutes.double ?? 0)
    write(RawField(record["quiz_score"]), as: ",\"quiz_score\":", to: out, repairs: &repairedQuizScore)
    write(RawField(record["amount"]), as: ",\"amount\":", to: out, repairs: &repairedAmount)
    out.append("}\n")
    eventsClean += 1
    try topic.endLine(atSeconds: time.secondsSinceEpoch)
  }

  private func write(_ field: RawField, as name: StaticString, to out: ByteBuffer, repairs: inout Int) {
    if let value = field.double {
      out.append(name)
      out.append(double: value)
    } else if field != .missing {
      repairs += 1
    }
  }

  private func eventType(_ name: String) -> EventType {
    var name = name
    return name.withUTF8 { utf8 in
      ByteSpan(UnsafeRawBufferPointer(utf8)).map { EventType($0) } ?? .other
    }
  }

  // MARK: Rejections

  private func rejectEvent(
    _ reason: Rejection, _ detail: String, _ line: UnsafeRawBufferPointer, _ offset: Int, _ outputs: [OutputTopic]
  ) throws {
    eventRejections[reason, default: 0] += 1
    try write(reason, detail, topic: "events.raw", offset, line, to: outputs[CleanerStep.eventsRejected])
  }

  private func write(
    _ reason: Rejection, _ detail: String, topic: StaticString, _ offset: Int, _ line: UnsafeRawBufferPointer,
    to output: OutputTopic
  ) throws {
    let out = output.buffer
    out.append("{\"topic\":\"")
    out.append(topic)
    out.append("\",\"offset\":")
    out.append(decimal: offset)
    out.append(",\"reason\":\"")
    out.append(reason.rawValue)
    out.append("\",\"detail\":")
    out.append(jsonString: detail)
    out.append(",\"message\":")
    out.append(jsonTextOrBytes: line)
    out.append("}\n")
    try output.endLine()
  }

  private func duplicate(_ id: Int) -> String { "event_id \(id) was seen before" }
  private func unknown(_ user: Int) -> String { "user_id \(user) is not among the users" }

  private func line(_ start: UnsafePointer<UInt8>, _ next: UnsafePointer<UInt8>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: start, count: next - start - 1)
  }
}
