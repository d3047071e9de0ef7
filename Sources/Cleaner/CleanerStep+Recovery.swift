import Records

extension CleanerStep: RecoverableStep {
  /// The counts. Which ids were seen, the topics tell.
  public var recoveryState: JSONValue {
    func object(_ counts: [Rejection: Int]) -> JSONValue {
      .object(Rejection.allCases.compactMap { reason in counts[reason].map { .init(reason.rawValue, .int($0)) } })
    }
    return [
      "users_in": .int(usersIn), "users_clean": .int(usersClean), "users_rejected": object(userRejections),
      "events_in": .int(eventsIn), "events_clean": .int(eventsClean), "events_rejected": object(eventRejections),
      "repaired": [
        "watch_minutes": .int(repairedWatchMinutes), "quiz_score": .int(repairedQuizScore),
        "amount": .int(repairedAmount), "engagement_score": .int(repairedEngagement),
      ],
    ]
  }

  public func recover(from state: JSONValue, history: any StepHistory) throws {
    func count(_ json: JSONValue?, _ name: String) throws -> Int {
      guard let value = json?[name]?.intValue, value >= 0 else {
        throw RecoveryError("the checkpoint has no count of \(name)")
      }
      return value
    }
    func rejections(_ name: String) throws -> [Rejection: Int] {
      guard case .object(let members) = state[name] else { throw RecoveryError("the checkpoint has no \(name)") }
      var counts: [Rejection: Int] = [:]
      for member in members {
        guard let reason = Rejection(rawValue: member.name), let value = member.value.intValue else {
          throw RecoveryError("the checkpoint counts the unknown reason \(member.name)")
        }
        counts[reason] = value
      }
      return counts
    }
    (usersIn, usersClean) = (try count(state, "users_in"), try count(state, "users_clean"))
    (eventsIn, eventsClean) = (try count(state, "events_in"), try count(state, "events_clean"))
    (userRejections, eventRejections) = (try rejections("users_rejected"), try rejections("events_rejected"))
    repairedWatchMinutes = try count(state["repaired"], "watch_minutes")
    repairedQuizScore = try count(state["repaired"], "quiz_score")
    repairedAmount = try count(state["repaired"], "amount")
    repairedEngagement = try count(state["repaired"], "engagement_score")
    try rememberIDs(history)
  }

  /// Every id that was seen is in a clean message, or in one that was rejected for its user.
  private func rememberIDs(_ history: any StepHistory) throws {
    func unreadable(_ output: Int, _ offset: Int) -> RecoveryError {
      RecoveryError("\(outputs[output]) at offset \(offset) is not a message of the cleaner")
    }
    func forEachLine(of output: Int, _ body: (UnsafeRawBufferPointer, Int) throws -> Void) throws {
      try history.forEachBatch(ofOutput: output, in: 0..<history.outputs[output]) { lines, first in
        var offset = first
        try lines.forEachLine { line in
          try body(line, offset)
          offset += 1
        }
      }
    }
    try forEachLine(of: CleanerStep.users) { line, offset in
      guard let id = (try? JSONValue(parsing: line))?["user_id"]?.intValue else {
        throw unreadable(CleanerStep.users, offset)
      }
      _ = userIDs.insert(id)
    }
    let scratch = ByteBuffer(capacity: 4096)
    let clean = CleanerStep.events
    try history.forEachBatch(ofOutput: clean, in: 0..<history.outputs[clean]) { lines, first in
      guard let all = ByteSpan(lines) else { return }
      let end = all.start + all.count
      var (at, offset) = (all.start, first)
      while at < end {
        guard let next = scanner.scan(at, end) ?? scanner.scanAny(at, end, scratch: scratch) else {
          throw unreadable(clean, offset)
        }
        _ = eventIDs.insert(scanner.event.eventID)
        at = next
        offset += 1
      }
    }
    try forEachLine(of: CleanerStep.eventsRejected) { line, offset in
      guard let json = try? JSONValue(parsing: line), let reason = json["reason"]?.stringValue else {
        throw unreadable(CleanerStep.eventsRejected, offset)
      }
      guard reason == Rejection.unknownUser.rawValue else { return }
      guard var message = json["message"]?.stringValue else { throw unreadable(CleanerStep.eventsRejected, offset) }
      let event = message.withUTF8 { try? JSONValue(parsing: UnsafeRawBufferPointer($0)) }
      guard let id = RawField(event?["event_id"]).integer else {
        throw unreadable(CleanerStep.eventsRejected, offset)
      }
      _ = eventIDs.insert(id)
    }
  }
}
