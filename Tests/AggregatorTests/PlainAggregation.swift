import Records

/// The nine measures of a user's day, computed from all events at once in the plainest way.
struct PlainAggregation {
  private var byUserDay: [UserDay: [CleanEvent]] = [:]

  struct UserDay: Hashable {
    var user: Int
    var day: Int32
  }

  init(_ events: [CleanEvent]) {
    for event in events { byUserDay[UserDay(user: event.user, day: event.day), default: []].append(event) }
  }

  /// What a `user.daily` message says behind its revision.
  func measures(user: Int, day: Int32) -> String {
    let events = (byUserDay[UserDay(user: user, day: day)] ?? []).sorted { ($0.seconds, $0.id) < ($1.seconds, $1.id) }
    func count(_ type: String) -> Int { events.count { $0.type == type } }
    let scores = events.filter { $0.type == "quiz_attempt" }.compactMap(\.quizScore)
    let watched = numpySum(events.filter { $0.type == "video_watch" }.map(\.watchMinutes))
    let measures: [(String, JSONValue?)] = [
      ("total_events", some(events.count)), ("logins_count", some(count("login"))),
      ("enroll_count", some(count("course_enroll"))), ("watch_minutes_sum", watched == 0 ? nil : .double(watched)),
      ("quiz_attempts_count", some(count("quiz_attempt"))),
      ("quiz_avg_score", scores.isEmpty ? nil : .double(numpySum(scores) / Double(scores.count) + 0.0)),
      ("payment_success_count", some(count("payment_success"))),
      ("payment_failed_count", some(count("payment_failed"))),
      ("support_ticket_count", some(count("support_ticket"))),
    ]
    return measures.compactMap { name, value in value.map { ",\"\(name)\":\($0)" } }.joined()
  }

  private func some(_ count: Int) -> JSONValue? { count == 0 ? nil : .int(count) }
}

/// The order in which NumPy adds: written after the text of its algorithm, with plain arrays.
func numpySum(_ values: [Double]) -> Double {
  switch values.count {
  case ..<8: return values.reduce(0, +)
  case ...128:
    var lanes = Array(values[..<8])
    let rest = values.count % 8
    for index in 8..<max(8, values.count - rest) { lanes[index % 8] += values[index] }
    let pairs = [lanes[0] + lanes[1], lanes[2] + lanes[3], lanes[4] + lanes[5], lanes[6] + lanes[7]]
    return values.suffix(rest).reduce((pairs[0] + pairs[1]) + (pairs[2] + pairs[3]), +) + 0.0
  default:
    let half = (values.count / 2) / 8 * 8
    return numpySum(Array(values[..<half])) + numpySum(Array(values[half...]))
  }
}
