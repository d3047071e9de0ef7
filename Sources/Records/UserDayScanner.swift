/// A view of one `user.daily` message; its spans point into the line that was scanned.
public struct UserDayView {
  public var userID = 0
  public var day: Int32 = 0
  /// Whether the message has no measure at all.
  public var isEmpty = true
  /// Number texts of the nine measures in the order of ``UserDayScanner/measures``: empty where absent, `inf`, `-inf` and
  /// `nan` among them.
  public var measures: [ByteSpan]
}

/// Reads `user.daily` messages: the plain form that the aggregator writes in one pass, any other JSON in general.
public struct UserDayScanner {
  /// The measures, in the order of messages and of `user_daily.csv`.
  public static let measures: [String] = [
    "total_events", "logins_count", "enroll_count", "watch_minutes_sum", "quiz_attempts_count", "quiz_avg_score",
    "payment_success_count", "payment_failed_count", "support_ticket_count",
  ]
  private static let keys: [StaticString] = [
    ",\"total_events\":", ",\"logins_count\":", ",\"enroll_count\":", ",\"watch_minutes_sum\":",
    ",\"quiz_attempts_count\":", ",\"quiz_avg_score\":", ",\"payment_success_count\":", ",\"payment_failed_count\":",
    ",\"support_ticket_count\":",
  ]

  public var row: UserDayView
  private let keys = UserDayScanner.keys
  private let scratch = ByteBuffer(capacity: 1024)
  // 1970-01-01, the text of day 0
  private var cachedDate = UInt64(littleEndian: 0x2D31_302D_3037_3931)
  private var cachedDateTail = UInt16(littleEndian: 0x3130)
  private var cachedDay: Int32 = 0

  public init() {
    row = UserDayView(measures: Array(repeating: .empty, count: UserDayScanner.measures.count))
  }

  /// Scans the line at `start`.
  ///
  /// - Parameter end: Behind the last byte of the buffer, which is a line feed.
  /// - Returns: Where the next line starts, or nothing where the line is no user-day.
  @inline(__always)
  public mutating func scan(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) -> UnsafePointer<UInt8>? {
    scanPlain(start, end) ?? scanAny(start, end)
  }

  @inline(__always)
  private mutating func scanPlain(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) -> UnsafePointer<UInt8>? {
    var at = start
    guard matches(at, end, "{\"user_id\":") else { return nil }
    at += 11
    guard let user = EventScanner.digits(&at), matches(at, end, ",\"as_of_date\":\"") else { return nil }
    at += 15
    guard end - at > 24, readDate(at), matches(at + 10, end, "\",\"pane\":\"") else { return nil }
    at += 20
    while at.pointee != UInt8(ascii: "\"") {
      guard EventScanner.isPlainTextByte(at.pointee) else { return nil }
      at += 1
    }
    at += 1
    guard matches(at, end, ",\"revision\":") else { return nil }
    at += 12
    guard EventScanner.digits(&at) != nil else { return nil }
    row.userID = user
    row.day = cachedDay
    row.isEmpty = at.pointee == UInt8(ascii: "}")
    if !row.isEmpty {
      for index in keys.indices {
        guard matches(at, end, keys[index]) else {
          row.measures[index].count = 0
          continue
        }
        at += keys[index].utf8CodeUnitCount
        guard let number = EventScanner.number(&at) else { return nil }
        row.measures[index] = number
      }
    }
    guard end - at >= 2, at[0] == UInt8(ascii: "}"), at[1] == UInt8(ascii: "\n") else { return nil }
    return at + 2
  }

  private mutating func scanAny(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) -> UnsafePointer<UInt8>? {
    let rest = UnsafeRawBufferPointer(start: start, count: end - start)
    let length = rest.firstLineFeed ?? rest.count
    guard let record = try? JSONValue(parsing: UnsafeRawBufferPointer(rebasing: rest[..<length])),
      let user = record["user_id"]?.intValue, let text = record["as_of_date"]?.stringValue,
      let date = CivilDate(text), record["pane"]?.stringValue != nil, record["revision"]?.intValue != nil
    else { return nil }
    row.userID = user
    row.day = date.daysSinceEpoch
    row.isEmpty = true
    let texts = UserDayScanner.measures.map { name in
      switch record[name] {
      case .number(let text): return text
      case .string(let text) where record[name]?.doubleValue != nil: return text
      default: return ""
      }
    }
    scratch.removeAll()
    for text in texts { scratch.append(text) }
    var at = scratch.writing(atMost: 0) - scratch.count
    for (index, text) in texts.enumerated() {
      row.measures[index] = ByteSpan(start: UnsafePointer(at), count: text.utf8.count)
      at += text.utf8.count
      if !text.isEmpty { row.isEmpty = false }
    }
    return start + min(length + 1, end - start)
  }

  @inline(__always)
  private mutating func readDate(_ text: UnsafePointer<UInt8>) -> Bool {
    let raw = UnsafeRawPointer(text)
    let date = raw.loadUnaligned(as: UInt64.self)
    let dateTail = raw.loadUnaligned(fromByteOffset: 8, as: UInt16.self)
    if date == cachedDate && dateTail == cachedDateTail { return true }
    guard let known = CivilDate(bytes: UnsafeRawBufferPointer(start: raw, count: 10)) else { return false }
    (cachedDate, cachedDateTail, cachedDay) = (date, dateTail, known.daysSinceEpoch)
    return true
  }
}
