extension EventScanner {
  /// Scans any line that is a clean event in JSON, whatever its spacing, order and escapes.
  ///
  /// - Parameters:
  ///   - start: The first byte of a line.
  ///   - end: Behind the last byte of the buffer, which is a line feed.
  ///   - scratch: Holds the decoded texts that ``event`` then points to, until the next call.
  /// - Returns: Where the next line starts, or nothing where the line is no clean event.
  public mutating func scanAny(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, scratch: ByteBuffer
  ) -> UnsafePointer<UInt8>? {
    let rest = UnsafeRawBufferPointer(start: start, count: end - start)
    let length = rest.firstLineFeed ?? rest.count
    guard let record = try? JSONValue(parsing: UnsafeRawBufferPointer(rebasing: rest[..<length])),
      let eventID = record["event_id"]?.intValue, let userID = record["user_id"]?.intValue,
      let timeText = record["event_time"]?.stringValue, timeText.utf8.count == 19, let time = EventTime(timeText),
      let typeName = record["event_type"]?.stringValue
    else { return nil }

    let fields: [String] = [
      time.description, typeName, record["course_id"]?.stringValue ?? "", EventScanner.number(record["watch_minutes"]),
      EventScanner.number(record["quiz_score"]), EventScanner.number(record["amount"]),
    ]
    scratch.removeAll()
    for field in fields { scratch.append(field) }
    var at = scratch.writing(atMost: 0) - scratch.count
    let spans = fields.map { field in
      let span = ByteSpan(start: UnsafePointer(at), count: field.utf8.count)
      at += field.utf8.count
      return span
    }
    event.eventID = eventID
    event.userID = userID
    event.seconds = time.secondsSinceEpoch
    event.day = time.date.daysSinceEpoch
    event.time = spans[0]
    event.typeName = spans[1]
    event.type = EventType(spans[1])
    event.courseID = spans[2]
    event.watchMinutes = spans[3]
    event.quizScore = spans[4]
    event.amount = spans[5]
    event.head = ByteSpan(start: start, count: 0)
    return start + min(length + 1, end - start)
  }

  private static func number(_ value: JSONValue?) -> String {
    if case .number(let text) = value { return text }
    return ""
  }
}
