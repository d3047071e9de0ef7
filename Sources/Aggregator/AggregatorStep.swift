import Records

/// Keeps per-user aggregates of event-time days and puts out one row per user and day as the days close.
///
/// The clock is stream time, the highest event time seen, in offset order: a day closes when stream time passes its end
/// plus the out-of-orderness bound, or when the topic ends. Then every user has a row. An event of a day that is already
/// closed gives a `late` row for its user, a later revision that stands for the whole of that user's day.
public final class AggregatorStep: Step {
  public struct Options: Sendable {
    /// How far stream time goes past the end of a day before the day closes, in seconds.
    public var outOfOrdernessSeconds: Int
    /// Event-time distance of `early` rows while a day is open, in seconds; nothing for none.
    public var earlyIntervalSeconds: Int?
    /// How many days the grid may span.
    public var maxDays: Int

    public init(outOfOrdernessSeconds: Int = 0, earlyIntervalSeconds: Int? = nil, maxDays: Int = 3660) {
      self.outOfOrdernessSeconds = outOfOrdernessSeconds
      self.earlyIntervalSeconds = earlyIntervalSeconds
      self.maxDays = maxDays
    }
  }

  public enum Pane: String, Sendable {
    case early
    case onTime = "on_time"
    case late
  }

  public let inputs = [StepInput("users.clean", isBootstrap: true), StepInput("events.clean")]
  public let outputs = ["user.daily"]

  let options: Options
  private let history: (any EventHistory)?

  @exclusivity(unchecked) var users = IDIndex()
  /// `{"user_id":N` of every user, one after the other, and where each ends.
  let userHeads = ByteBuffer()
  @exclusivity(unchecked) private var userHeadEnds: [Int] = [0]
  var earliestSignup: CivilDate?

  @exclusivity(unchecked) var scanner = EventScanner()
  let scratch = ByteBuffer(capacity: 4096)
  @exclusivity(unchecked) var streamSeconds = Int.min
  /// The days of the grid so far, and the first of them that is still open.
  var firstDay: Int32 = 0
  var lastDay: Int32 = -1
  var firstOpenDay: Int32 = 0
  @exclusivity(unchecked) var nextClosingSeconds = Int.max
  var openDays: [Int32: DayTable] = [:]
  @exclusivity(unchecked) private var currentTable: DayTable?
  private var spareTables: [DayTable] = []
  /// Closed days that a late event has opened again; they stay.
  private var correctedDays: [Int32: DayTable] = [:]
  /// Where in `events.clean` the events of each day lie.
  var offsetsByDay: [Int32: Range<Int>] = [:]
  /// Revisions that closed days have reached, where early rows make them differ.
  var revisionsByDay: [Int32: [UInt32]] = [:]
  /// Where in `user.daily` the rows of each closed day begin, one for each user in order.
  var rowOffsets: [Int32: Int] = [:]
  /// Where the last correction of a user's day is.
  var correctedRowOffsets: [UserDay: Int] = [:]

  @exclusivity(unchecked) var eventCount = 0
  var lateCount = 0
  @exclusivity(unchecked) var rowCount = 0

  /// - Parameter history: Where late events find the other events of their day. Without it a late event is an error.
  public init(options: Options = Options(), history: (any EventHistory)? = nil) {
    self.options = options
    self.history = history
  }

  public func process(
    _ lines: UnsafeRawBufferPointer, of input: Int, at offset: Int, into outputs: [OutputTopic]
  ) throws {
    if input == 0 {
      var offset = offset
      try lines.forEachLine { line in
        try addUser(line, at: offset)
        offset += 1
      }
    } else {
      try addEvents(lines, at: offset, into: outputs[0])
    }
  }

  public func end(of input: Int, at offset: Int, into outputs: [OutputTopic]) throws {
    guard input == 1 else { return }
    if lastDay < firstDay, let earliestSignup {
      // no event at all: the grid is one day, the earliest signup
      firstDay = earliestSignup.daysSinceEpoch
      firstOpenDay = firstDay
      lastDay = firstDay
    }
    while firstOpenDay <= lastDay { try closeFirstOpenDay(into: outputs[0]) }
  }

  public func outputsEnding(with input: Int) -> [Int] { input == 1 ? [0] : [] }

  public var counts: [StepCount] {
    var counts = [
      StepCount("users", users.count), StepCount("days", Int(lastDay - firstDay) + 1), StepCount("events", eventCount),
      StepCount("rows", rowCount),
    ]
    if lateCount > 0 { counts.append(StepCount("late_events", lateCount)) }
    return counts
  }

  // MARK: Input

  func addUser(_ line: UnsafeRawBufferPointer, at offset: Int) throws {
    guard let record = try? JSONValue(parsing: line), let id = record["user_id"]?.intValue,
      let text = record["signup_date"]?.stringValue, let signup = CivilDate(text)
    else { throw StepError(topic: "users.clean", offset: offset, problem: "not a clean user") }
    guard users.position(of: id) < 0 else {
      throw StepError(topic: "users.clean", offset: offset, problem: "user_id \(id) for the second time")
    }
    users.append(id)
    userHeads.append("{\"user_id\":")
    userHeads.append(decimal: id)
    userHeadEnds.append(userHeads.count)
    earliestSignup = min(earliestSignup ?? signup, signup)
  }

  private func addEvents(_ lines: UnsafeRawBufferPointer, at offset: Int, into output: OutputTopic) throws {
    guard let all = ByteSpan(lines) else { return }
    let end = all.start + all.count
    var at = all.start
    var offset = offset
    while at < end {
      guard let next = scanner.scan(at, end) ?? scanner.scanAny(at, end, scratch: scratch) else {
        throw StepError(topic: "events.clean", offset: offset, problem: "not a clean event")
      }
      let user = users.position(of: scanner.event.userID)
      guard user >= 0 else {
        throw StepError(
          topic: "events.clean", offset: offset, problem: "user_id \(scanner.event.userID) is not in users.clean")
      }
      try add(scanner.event, user: user, at: offset, into: output)
      at = next
      offset &+= 1
    }
  }

  @inline(__always)
  private func add(_ event: EventView, user: Int, at offset: Int, into output: OutputTopic) throws {
    if event.seconds > streamSeconds {
      streamSeconds = event.seconds
      if streamSeconds >= nextClosingSeconds { try closeDays(into: output) }
      if options.earlyIntervalSeconds != nil { try emitEarlyRows(into: output) }
    }
    if currentTable?.day != event.day { try select(event.day, at: offset, into: output) }
    guard let table = currentTable else { return try addLate(event, user: user, at: offset, into: output) }
    eventCount &+= 1
    if let text = table.add(event, user: user) {
      throw StepError(topic: "events.clean", offset: offset, problem: "not a number: \(text.string)")
    }
  }

  /// Makes `day` the current one: opens it, or finds that it is closed.
  private func select(_ day: Int32, at offset: Int, into output: OutputTopic) throws {
    noteOffsets(of: day, at: offset)
    if lastDay < firstDay {
      (firstDay, firstOpenDay, lastDay) = (day, day, day)
      endEvents[day] = scanner.event.eventID
    } else {
      let span = Int(max(lastDay, day)) - Int(min(firstDay, day)) + 1
      guard span <= options.maxDays else { throw gridTooLong(days: span, with: day, at: offset) }
      if endEvents[day] == nil, day < firstDay || day > lastDay { endEvents[day] = scanner.event.eventID }
      lastDay = max(lastDay, day)
    }
    if day < firstOpenDay, firstOpenDay == firstDay, streamSeconds < closingSeconds(of: day) {
      // nothing is closed yet, and this day would not be either: the grid begins with it
      (firstDay, firstOpenDay) = (day, day)
    }
    if day >= firstOpenDay {
      if openDays[day] == nil {
        openDays[day] = open(day)
      }
      currentTable = openDays[day]
      nextClosingSeconds = closingSeconds(of: firstOpenDay)
    } else {
      currentTable = nil
    }
  }

  /// Names both ends of the grid: which of them has the wrong time, only a person can tell.
  private func gridTooLong(days: Int, with day: Int32, at offset: Int) -> StepError {
    let present = "event \(scanner.event.eventID) on \(CivilDate(daysSinceEpoch: day)) (offset \(offset))"
    let otherDay = day > lastDay ? firstDay : lastDay
    let other =
      (endEvents[otherDay].map { "event \($0) on " } ?? "") + CivilDate(daysSinceEpoch: otherDay).description
      + (offsetsByDay[otherDay].map { " (offset \($0.lowerBound))" } ?? "")
    return StepError(
      topic: "events.clean", offset: offset,
      problem:
        "the days from \(day > lastDay ? other : present) to \(day > lastDay ? present : other) are \(days), more than "
        + "--max-days \(options.maxDays): correct the time that is wrong, or raise the limit")
  }

  /// A table for a day that begins with the present event.
  func open(_ day: Int32) -> DayTable {
    let table = table(for: day)
    table.openedAtSeconds = streamSeconds
    if let interval = options.earlyIntervalSeconds {
      // a day that begins late owes no rows for the intervals before
      table.earlyIntervals = max(0, (streamSeconds - Int(day) * EventTime.secondsPerDay) / interval)
    }
    return table
  }

  /// Remembers where a day's events lie. Called when the day changes, so ranges reach to the next change.
  private func noteOffsets(of day: Int32, at offset: Int) {
    if let last = lastNotedDay, let range = offsetsByDay[last] {
      offsetsByDay[last] = range.lowerBound..<max(range.upperBound, offset)
    }
    let range = offsetsByDay[day] ?? offset..<offset
    offsetsByDay[day] = range.lowerBound..<max(range.upperBound, offset)
    lastNotedDay = day
  }
  var lastNotedDay: Int32?
  /// The event that each day began with which was an end of the grid at the time. For errors only, and so not remembered.
  private var endEvents: [Int32: Int] = [:]

  // MARK: Closing

  func closingSeconds(of day: Int32) -> Int {
    (Int(day) + 1) * EventTime.secondsPerDay + options.outOfOrdernessSeconds
  }

  private func closeDays(into output: OutputTopic) throws {
    while firstOpenDay <= lastDay, streamSeconds >= closingSeconds(of: firstOpenDay) {
      try closeFirstOpenDay(into: output)
    }
    // days without events between the last one and the one that now begins close with it
    let streamDay = EventTime(secondsSinceEpoch: streamSeconds).date.daysSinceEpoch
    if Int(streamDay) - Int(firstDay) < options.maxDays {
      while firstOpenDay < streamDay, streamSeconds >= closingSeconds(of: firstOpenDay) {
        lastDay = firstOpenDay
        try closeFirstOpenDay(into: output)
      }
    }
    nextClosingSeconds = closingSeconds(of: firstOpenDay)
  }

  private func closeFirstOpenDay(into output: OutputTopic) throws {
    let day = firstOpenDay
    let table = openDays.removeValue(forKey: day)
    if currentTable === table { currentTable = nil }
    let tail = rowTail(day: day, pane: .onTime)
    // from here on the rows count, not the table that they are made of
    rowOffsets[day] = rowCount
    for user in 0..<users.count {
      try writeRow(user: user, day: day, table: table, tail: tail, into: output)
    }
    if let table {
      if options.earlyIntervalSeconds != nil {
        revisionsByDay[day] = table.cells.map(\.nextRevision)
      }
      if spareTables.count < 2 { spareTables.append(table) }
    }
    firstOpenDay += 1
  }

  func table(for day: Int32) -> DayTable {
    guard let spare = spareTables.popLast() else { return DayTable(day: day, userCount: users.count) }
    spare.reuse(for: day)
    return spare
  }

  // MARK: Early and late rows

  func emitEarlyRows(into output: OutputTopic) throws {
    guard let interval = options.earlyIntervalSeconds else { return }
    let day = EventTime(secondsSinceEpoch: streamSeconds).date.daysSinceEpoch
    guard let table = openDays[day] else { return }
    let passed = (streamSeconds - Int(day) * EventTime.secondsPerDay) / interval
    guard passed > table.earlyIntervals else { return }
    table.earlyIntervals = passed
    let tail = rowTail(day: day, pane: .early)
    for user in 0..<users.count where table.cells[user].isDirty {
      try writeRow(user: user, day: day, table: table, tail: tail, into: output)
    }
  }

  private func addLate(_ event: EventView, user: Int, at offset: Int, into output: OutputTopic) throws {
    eventCount += 1
    lateCount += 1
    let day = event.day
    // what follows scans other lines: keep what this line says
    let late = OwnedEvent(event)
    if day < firstDay {
      // the grid grows backwards: every user gets a row for each new day
      let oldFirst = firstDay
      firstDay = day
      try late.withView { try addToTable($0, user, correctedTable(day, rebuiltBefore: nil), offset) }
      for newDay in day..<oldFirst {
        let tail = rowTail(day: newDay, pane: .late)
        rowOffsets[newDay] = rowCount
        for position in 0..<users.count {
          try writeRow(user: position, day: newDay, table: correctedDays[newDay], tail: tail, into: output)
        }
      }
      return
    }
    let table = try correctedTable(day, rebuiltBefore: offset)
    try late.withView { try addToTable($0, user, table, offset) }
    correctedRowOffsets[UserDay(user: user, day: day)] = rowCount
    try writeRow(user: user, day: day, table: table, tail: rowTail(day: day, pane: .late), into: output)
  }

  private func addToTable(_ event: EventView, _ user: Int, _ table: DayTable, _ offset: Int) throws {
    if let text = table.add(event, user: user) {
      throw StepError(topic: "events.clean", offset: offset, problem: "not a number: \(text.string)")
    }
  }

  /// The table of a closed day with all of its events before `offset`, taken from history the first time.
  private func correctedTable(_ day: Int32, rebuiltBefore offset: Int?) throws -> DayTable {
    if let table = correctedDays[day] { return table }
    let table = DayTable(day: day, userCount: users.count)
    guard let offset else {
      correctedDays[day] = table
      return table
    }
    for user in 0..<users.count { table.cells[user].nextRevision = revisionsByDay[day]?[user] ?? 1 }
    try rebuild(table, before: offset)
    revisionsByDay[day] = nil
    correctedDays[day] = table
    return table
  }

  /// Gathers the events of a closed day before an offset once more.
  private func rebuild(_ table: DayTable, before offset: Int) throws {
    let day = table.day
    guard let known = offsetsByDay[day], known.lowerBound < min(known.upperBound, offset) else { return }
    guard let history else {
      throw StepError(
        topic: "events.clean", offset: offset, problem: "a late event, and no history to correct its day from")
    }
    var scanner = EventScanner()
    try history.forEachBatch(in: known.lowerBound..<min(known.upperBound, offset)) { lines in
      guard let all = ByteSpan(lines) else { return }
      let end = all.start + all.count
      var at = all.start
      while at < end, let next = scanner.scan(at, end) ?? scanner.scanAny(at, end, scratch: scratch) {
        if scanner.event.day == day {
          try addToTable(scanner.event, users.position(of: scanner.event.userID), table, offset)
        }
        at = next
      }
    }
  }

  // MARK: Queries

  func position(ofUser id: Int) -> Int { users.position(of: id) }

  /// Writes the row that an open day would give, without counting it as given.
  func write(user: Int, table: DayTable, to out: ByteBuffer) {
    let head = userHeadEnds[user]
    out.append(UnsafeRawBufferPointer(rebasing: userHeads.bytes[head..<userHeadEnds[user + 1]]))
    out.append(rowTail(day: table.day, pane: .early))
    out.append(decimal: Int(table.cells[user].nextRevision))
    if table.cells[user].totalEvents > 0 { writeMeasures(table.cells[user], of: table, to: out) }
    out.append(UInt8(ascii: "}"))
  }

  // MARK: Rows

  /// `,"as_of_date":"…","pane":"…","revision":`, the same for all users of a day.
  private func rowTail(day: Int32, pane: Pane) -> [UInt8] {
    Array(",\"as_of_date\":\"\(CivilDate(daysSinceEpoch: day))\",\"pane\":\"\(pane.rawValue)\",\"revision\":".utf8)
  }

  @inline(__always)
  private func writeRow(
    user: Int, day: Int32, table: DayTable?, tail: [UInt8], into output: OutputTopic
  ) throws {
    let out = output.buffer
    let head = userHeadEnds[user]
    out.append(UnsafeRawBufferPointer(rebasing: userHeads.bytes[head..<userHeadEnds[user + 1]]))
    out.append(tail)
    if let table {
      let cell = table.cells[user]
      out.append(decimal: Int(cell.nextRevision))
      if cell.totalEvents > 0 { writeMeasures(cell, of: table, to: out) }
      table.cells[user].nextRevision &+= 1
      table.cells[user].isDirty = false
    } else {
      out.append(UInt8(ascii: "0"))
    }
    out.append("}\n")
    rowCount &+= 1
    try output.endLine(atSeconds: Int(day) &* EventTime.secondsPerDay)
  }

  private func writeMeasures(_ cell: DayTable.Cell, of table: DayTable, to out: ByteBuffer) {
    func count(_ name: StaticString, _ value: UInt32) {
      guard value > 0 else { return }
      out.append(name)
      out.append(decimal: Int(value))
    }
    count(",\"total_events\":", cell.totalEvents)
    count(",\"logins_count\":", cell.logins)
    count(",\"enroll_count\":", cell.enrolls)
    let watched = table.sum(from: cell.watchMinutes)
    if watched.sum != 0 {
      out.append(",\"watch_minutes_sum\":")
      out.append(jsonDouble: watched.sum)
    }
    count(",\"quiz_attempts_count\":", cell.quizAttempts)
    let scores = table.sum(from: cell.quizScores)
    if scores.count > 0 {
      out.append(",\"quiz_avg_score\":")
      out.append(jsonDouble: scores.sum / Double(scores.count))
    }
    count(",\"payment_success_count\":", cell.paymentSuccesses)
    count(",\"payment_failed_count\":", cell.paymentFailures)
    count(",\"support_ticket_count\":", cell.supportTickets)
  }
}

/// A copy of an event's values that outlives the line they were scanned from.
private struct OwnedEvent {
  private let event: EventView
  private let watchMinutes: [UInt8]
  private let quizScore: [UInt8]

  init(_ event: EventView) {
    self.event = event
    watchMinutes = Array(event.watchMinutes.bytes)
    quizScore = Array(event.quizScore.bytes)
  }

  func withView<Result>(_ body: (EventView) throws -> Result) rethrows -> Result {
    try watchMinutes.withUnsafeBytes { watch in
      try quizScore.withUnsafeBytes { score in
        var view = event
        view.watchMinutes = ByteSpan(watch) ?? ByteSpan(start: event.watchMinutes.start, count: 0)
        view.quizScore = ByteSpan(score) ?? ByteSpan(start: event.quizScore.start, count: 0)
        return try body(view)
      }
    }
  }
}
