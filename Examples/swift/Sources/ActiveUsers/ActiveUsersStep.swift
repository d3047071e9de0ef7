import Records

/// How many different users were active on each day: a stage of one's own, as a pure step.
///
/// A day is put out once, when the first event of a later day shows that it is over, or when the events have ended. An
/// event of a day that is over is counted in ``lateCount`` and nowhere else.
final class ActiveUsersStep: Step {
  let inputs = [StepInput("events.clean")]
  let outputs = ["active.daily"]

  private var day: String?
  private var users: Set<Int> = []
  private var dayCount = 0
  private var lateCount = 0

  var counts: [StepCount] { [StepCount("days", dayCount), StepCount("late_events", lateCount)] }

  func process(
    _ lines: UnsafeRawBufferPointer, of input: Int, at offset: Int, into outputs: [OutputTopic]
  ) throws {
    var offset = offset
    try lines.forEachLine { line in
      let event = try JSONValue(parsing: line)
      guard let date = event["event_date"]?.stringValue, let user = event["user_id"]?.intValue else {
        throw StepError(topic: inputs[input].topic, offset: offset, problem: "no event_date or no user_id")
      }
      offset += 1
      if let day, date < day {
        lateCount += 1
        return
      }
      if date != day {
        try close(into: outputs[0])
        day = date
      }
      users.insert(user)
    }
  }

  func end(of input: Int, at offset: Int, into outputs: [OutputTopic]) throws { try close(into: outputs[0]) }

  func outputsEnding(with input: Int) -> [Int] { [0] }

  private func close(into topic: OutputTopic) throws {
    guard let day else { return }
    topic.buffer.append(jsonLine: ["as_of_date": .string(day), "active_users": .int(users.count)])
    try topic.endLine()
    dayCount += 1
    users.removeAll(keepingCapacity: true)
  }
}

extension ByteBuffer {
  /// Appends a message: compact JSON and a line feed.
  func append(jsonLine message: JSONValue) {
    message.write(to: self)
    append(UInt8(ascii: "\n"))
  }
}
