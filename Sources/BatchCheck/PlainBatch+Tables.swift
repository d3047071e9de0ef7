extension PlainBatch {
  /// What a comparison needs to know besides the table.
  public struct Comparison {
    /// How many differences are listed; all are counted.
    public var differenceLimit: Int
    /// Hears of the rows read; may throw to give up.
    public var onProgress: (Int) throws -> Void

    public init(differenceLimit: Int = 10, onProgress: @escaping (Int) throws -> Void = { _ in }) {
      self.differenceLimit = differenceLimit
      self.onProgress = onProgress
    }
  }

  /// Holds `users_clean.csv` (or `.csv.gz`) against the users.
  public func compareUsers(_ path: String, _ comparison: Comparison = Comparison()) throws -> TableReport {
    let table = try open(path, keyCount: 1, comparison)
    let withEngagement = users.isEmpty || users.contains { $0.engagement != nil }
    let rows = PlainRows()
    var place = 0
    try table.run(expectedHeader: PlainRows.usersHeader + (withEngagement ? ["engagement_score"] : [])) {
      guard place < users.count else { return nil }
      defer { place += 1 }
      return rows.user(users[place], at: place, withEngagement: withEngagement)
    } placeOf: { cells in
      placeOfUser(cells[0])
    }
    return table.report
  }

  /// Holds `events_clean.csv` (or `.csv.gz`) against the events.
  public mutating func compareEvents(_ path: String, _ comparison: Comparison = Comparison()) throws -> TableReport {
    sortEventsByID()
    let table = try open(path, keyCount: 1, comparison)
    let rows = PlainRows()
    var index = 0
    try table.run(expectedHeader: PlainRows.eventsHeader) {
      guard index < events.count else { return nil }
      defer { index += 1 }
      return rows.event(events[index], of: self)
    } placeOf: { cells in
      Int(cells[0])
    }
    return table.report
  }

  /// Holds `user_daily.csv` (or `.csv.gz`) against the grid of users and days. The header decides whether there is a
  /// column `engagement_score`.
  public mutating func compareUserDays(_ path: String, _ comparison: Comparison = Comparison()) throws -> TableReport {
    sortEventsByUserDay()
    let table = try open(path, keyCount: 2, comparison)
    let withEngagement = table.header.contains("engagement_score")
    let rows = PlainRows()
    let days = days ?? 0...0
    let rowCount = dayCount * users.count
    var row = 0
    var at = events.startIndex
    try table.run(expectedHeader: PlainRows.userDaysHeader(withEngagement: withEngagement)) {
      guard row < rowCount else { return nil }
      defer { row += 1 }
      let (user, day) = (row / days.count, days.lowerBound + row % days.count)
      let start = at
      while at < events.endIndex, Int(events[at].user) == user, PlainTime.dayNumber(events[at].seconds) == day {
        at += 1
      }
      return rows.userDay(
        users[user], day: day, place: row, events: events[start..<at], texts: texts, withEngagement: withEngagement)
    } placeOf: { cells in
      guard let user = placeOfUser(cells[0]), let seconds = PlainTime.seconds(cells[1]) else { return nil }
      let day = PlainTime.dayNumber(seconds)
      return days.contains(day) ? user * days.count + day - days.lowerBound : nil
    }
    return table.report
  }

  private func open(_ path: String, keyCount: Int, _ comparison: Comparison) throws -> TableComparison {
    try TableComparison(
      path: path, keyCount: keyCount, differenceLimit: comparison.differenceLimit, onProgress: comparison.onProgress)
  }
}
