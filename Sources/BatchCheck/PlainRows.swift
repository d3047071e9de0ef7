import Records

/// A row that a table should have.
struct PlainRow {
  /// Where it belongs: rows ascend by this.
  var place: Int
  var cells: [String]
}

/// The rows of the three tables as the batch computation gives them.
struct PlainRows {
  private let number = ByteBuffer(capacity: 64)

  static let usersHeader = ["user_id", "signup_date", "plan", "is_paid", "country", "marketing_source"]
  static let eventsHeader = [
    "event_id", "user_id", "event_time", "event_type", "course_id", "watch_minutes", "quiz_score", "amount",
    "event_date",
  ]
  static let measures = [
    "is_active_day", "total_events", "logins_count", "enroll_count", "watch_minutes_sum", "quiz_attempts_count",
    "quiz_avg_score", "payment_success_count", "payment_failed_count", "support_ticket_count",
  ]

  static func userDaysHeader(withEngagement: Bool) -> [String] {
    [
      "user_id", "as_of_date", "signup_date", "days_since_signup", "plan", "is_paid", "country", "marketing_source",
    ] + (withEngagement ? ["engagement_score"] : []) + measures
  }

  func user(_ user: PlainUser, at place: Int, withEngagement: Bool) -> PlainRow {
    var cells = [
      String(user.id), PlainTime.date(day: user.signupDay), user.plan, user.isPaid ? "1" : "0", user.country,
      user.marketingSource,
    ]
    if withEngagement { cells.append(text(user.engagement)) }
    return PlainRow(place: place, cells: cells)
  }

  func event(_ event: PlainEvent, of batch: PlainBatch) -> PlainRow {
    let date = PlainTime.date(day: PlainTime.dayNumber(event.seconds))
    return PlainRow(
      place: event.id,
      cells: [
        String(event.id), String(batch.users[Int(event.user)].id), "\(date) \(PlainTime.clock(event.seconds))",
        batch.texts[event.type], batch.texts[event.course], text(event.watchMinutes), text(event.quizScore),
        text(event.amount), date,
      ])
  }

  /// A user's day.
  ///
  /// - Parameter events: All of the user's events on that day, by time and id.
  func userDay(
    _ user: PlainUser, day: Int, place: Int, events: ArraySlice<PlainEvent>, texts: PlainTexts, withEngagement: Bool
  ) -> PlainRow {
    func count(_ type: String) -> String { String(events.count { texts[$0.type] == type }) }
    let watched = events.filter { texts[$0.type] == "video_watch" }.map(\.watchMinutes)
    let scores = events.filter { texts[$0.type] == "quiz_attempt" && !$0.quizScore.isNaN }.map(\.quizScore)
    let average = scores.isEmpty ? nil : plainSum(scores[...]) / Double(scores.count)
    return PlainRow(
      place: place,
      cells: [
        String(user.id), PlainTime.date(day: day), PlainTime.date(day: user.signupDay),
        String(max(0, day - user.signupDay)), user.plan, user.isPaid ? "1" : "0", user.country, user.marketingSource,
      ] + (withEngagement ? [text(user.engagement)] : []) + [
        events.isEmpty ? "0" : "1", String(events.count), count("login"), count("course_enroll"),
        text(plainSum(watched[...])), count("quiz_attempt"), text(average), count("payment_success"),
        count("payment_failed"), count("support_ticket"),
      ])
  }

  /// A number as Python's `repr` writes it; nothing where there is none.
  private func text(_ value: Double?) -> String {
    guard let value, !value.isNaN else { return "" }
    number.removeAll()
    number.append(double: value)
    return String(decoding: number.bytes, as: UTF8.self)
  }
}
