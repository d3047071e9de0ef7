import Records

/// Raw users and events with everything that goes wrong in them: repeats, disorder, unknown users, rubbish.
public enum RoughDays {
  /// - Returns: The lines of `users.raw` and of `events.raw`.
  public static func make(_ random: inout SeededRandom) -> [[String]] {
    let userCount = Int.random(in: 1...12, using: &random)
    var users = (1...userCount).map { id in
      "{\"user_id\":\(id),\"signup_date\":\"2025-01-0\(1 + id % 9)\",\"plan\":\"\(random.pick(["paid", " Free "]))\","
        + "\"country\":\"IN\",\"engagement_score\":0.\(id)}"
    }
    for _ in 0..<3 where random.chance(2) { users.insert(random.pick(users), at: users.count) }
    if random.chance(3) { users.insert("nonsense", at: 0) }

    let start = EventTime("2025-01-05T00:00:00")!.secondsSinceEpoch
    let types = ["login", "video_watch", "quiz_attempt", "payment_success", "Support_Ticket", "dance"]
    var events: [(seconds: Int, line: String)] = []
    let spread = random.pick([0, 0, 600, 100_000, 400_000])
    for id in 0..<Int.random(in: 0...120, using: &random) {
      let seconds = start + Int.random(in: 0..<(6 * 86_400), using: &random)
      let time = EventTime(secondsSinceEpoch: seconds)
      let user = random.chance(10) ? 99 : Int.random(in: 1...userCount, using: &random)
      let number = random.chance(12) ? Int.random(in: 0...id, using: &random) : id
      var line =
        "{\"event_id\":\(random.chance(15) ? "\"\(number).0\"" : "\(number)"),\"user_id\":\(user),"
        + "\"event_time\":\"\(time)\",\"event_type\":\"\(random.pick(types))\""
      if random.chance(2) { line += ",\"watch_minutes\":\(Int.random(in: 1...99, using: &random)).5" }
      if random.chance(3) { line += ",\"quiz_score\":\(random.pick(["50.25", "\"NA\"", "100.0"]))" }
      line += random.chance(25) ? "" : "}"
      events.append((seconds + Int.random(in: 0...spread, using: &random), line))
    }
    events.sort { $0.seconds < $1.seconds }
    return [users, events.map(\.line)]
  }
}
