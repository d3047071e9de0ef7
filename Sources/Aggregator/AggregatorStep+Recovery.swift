import Records

extension AggregatorStep: RecoverableStep {
  /// The clock, the grid, and where each day's events lie. Open days are gathered again from their events, revisions
  /// come from the rows.
  public var recoveryState: JSONValue {
    let days = offsetsByDay.sorted { $0.key < $1.key }.map { day, range in
      JSONValue.array([.int(Int(day)), .int(range.lowerBound), .int(range.upperBound)])
    }
    var members: [JSONValue.Member] = [
      .init("first_day", .int(Int(firstDay))), .init("last_day", .int(Int(lastDay))),
      .init("first_open_day", .int(Int(firstOpenDay))), .init("events", .int(eventCount)),
      .init("late_events", .int(lateCount)), .init("rows", .int(rowCount)), .init("days", .array(days)),
    ]
    if streamSeconds > Int.min { members.append(.init("stream_seconds", .int(streamSeconds))) }
    if let lastNotedDay { members.append(.init("noted_day", .int(Int(lastNotedDay)))) }
    // the first event of any open day, and the clock when it came
    let begun = openDays.values.compactMap { table in offsetsByDay[table.day].map { (table, $0.lowerBound) } }
    if let (table, offset) = begun.min(by: { $0.1 < $1.1 }) {
      members.append(.init("open_from", .int(offset)))
      members.append(.init("open_from_seconds", .int(table.openedAtSeconds)))
    }
    return .object(members)
  }

  public func recover(from state: JSONValue, history: any StepHistory) throws {
    func number(_ name: String) throws -> Int {
      guard let value = state[name]?.intValue else { throw RecoveryError("the checkpoint has no \(name)") }
      return value
    }
    func day(_ value: Int) throws -> Int32 {
      guard let day = Int32(exactly: value) else { throw RecoveryError("the checkpoint has the day \(value)") }
      return day
    }
    try history.forEachBatch(ofInput: 0, in: 0..<history.inputs[0]) { lines, first in
      var offset = first
      try lines.forEachLine { line in
        try addUser(line, at: offset)
        offset += 1
      }
    }
    (firstDay, lastDay) = (try day(number("first_day")), try day(number("last_day")))
    firstOpenDay = try day(number("first_open_day"))
    (eventCount, lateCount, rowCount) = (try number("events"), try number("late_events"), try number("rows"))
    for entry in state["days"]?.arrayValue ?? [] {
      let numbers = (entry.arrayValue ?? []).compactMap(\.intValue)
      guard numbers.count == 3, numbers[0...].allSatisfy({ $0 >= Int(Int32.min) }), numbers[1] >= 0,
        numbers[1] <= numbers[2]
      else { throw RecoveryError("the checkpoint has the day \(entry)") }
      offsetsByDay[try day(numbers[0])] = numbers[1]..<numbers[2]
    }
    lastNotedDay = try state["noted_day"]?.intValue.map(day)
    if options.earlyIntervalSeconds != nil || lateCount > 0 {
      try findRevisions(history)
    } else if firstOpenDay > firstDay {
      // one day after the other, and nothing between
      for day in firstDay..<firstOpenDay { rowOffsets[day] = Int(day - firstDay) * users.count }
    }
    if let from = state["open_from"]?.intValue {
      streamSeconds = try number("open_from_seconds")
      try gatherOpenDays(from: from, history)
    }
    streamSeconds = state["stream_seconds"]?.intValue ?? Int.min
    if lastDay >= firstDay { nextClosingSeconds = closingSeconds(of: firstOpenDay) }
  }

  /// Goes through the events of the days that are open once more, without putting anything out.
  private func gatherOpenDays(from first: Int, _ history: any StepHistory) throws {
    let end = history.inputs[1]
    guard first <= end else { throw RecoveryError("the checkpoint has an open day from offset \(first) on") }
    let rows = rowCount
    let silent = OutputTopic(name: outputs[0]) { _ in }
    try history.forEachBatch(ofInput: 1, in: first..<end) { lines, offset in
      guard let all = ByteSpan(lines) else { return }
      let end = all.start + all.count
      var at = all.start
      while at < end {
        guard let next = scanner.scan(at, end) ?? scanner.scanAny(at, end, scratch: scratch) else {
          throw RecoveryError("events.clean from offset \(offset) on has a line that is not a clean event")
        }
        let event = scanner.event
        let user = users.position(of: event.userID)
        if event.seconds > streamSeconds {
          streamSeconds = event.seconds
          try emitEarlyRows(into: silent)
        }
        if event.day >= firstOpenDay, user >= 0 {
          if openDays[event.day] == nil { openDays[event.day] = open(event.day) }
          _ = openDays[event.day]!.add(event, user: user)
        }
        at = next
      }
    }
    rowCount = rows
  }

  /// The revisions that the rows of closed days have reached, where they are not the usual one, and where the rows are.
  private func findRevisions(_ history: any StepHistory) throws {
    try history.forEachBatch(ofOutput: 0, in: 0..<history.outputs[0]) { lines, first in
      var offset = first
      try lines.forEachLine { line in
        guard let row = try? JSONValue(parsing: line), let id = row["user_id"]?.intValue,
          let date = row["as_of_date"]?.stringValue.flatMap({ CivilDate($0) }),
          let revision = row["revision"]?.intValue, let next = UInt32(exactly: revision + 1),
          case let user = users.position(of: id), user >= 0
        else { throw RecoveryError("user.daily at offset \(offset) is not a row of the aggregator") }
        defer { offset += 1 }
        let day = date.daysSinceEpoch
        guard day < firstOpenDay else { return }
        note(row["pane"], user, day, at: offset)
        guard revision > 0 else { return }
        revisionsByDay[day, default: Array(repeating: 1, count: users.count)][user] = next
      }
    }
  }

  /// Takes note of where a row of a closed day is.
  private func note(_ pane: JSONValue?, _ user: Int, _ day: Int32, at offset: Int) {
    switch pane?.stringValue.flatMap({ Pane(rawValue: $0) }) {
    case .onTime: if rowOffsets[day] == nil { rowOffsets[day] = offset - user }
    case .late:
      // a day before the first one has its first rows as corrections
      guard let start = rowOffsets[day] else {
        rowOffsets[day] = offset - user
        return
      }
      if start + user != offset { correctedRowOffsets[UserDay(user: user, day: day)] = offset }
    case .early, nil: break
    }
  }
}
