/// A view of one event message, raw or clean; its spans point into the line that was scanned.
public struct EventView {
  public var eventID = 0
  public var userID = 0
  /// Event time in seconds since 1970-01-01T00:00:00, and its day since then.
  public var seconds = 0
  public var day: Int32 = 0
  public var type = EventType.other
  /// The text `YYYY-MM-DDTHH:MM:SS`.
  public var time: ByteSpan
  public var typeName: ByteSpan
  /// The decoded text of a course, or empty.
  public var courseID: ByteSpan
  /// Number texts, as written, or empty.
  public var watchMinutes: ByteSpan
  public var quizScore: ByteSpan
  public var amount: ByteSpan
  /// The line up to and with the closing quote of its event time.
  public var head: ByteSpan
}

/// The straight road through event messages: one pass, no allocation.
///
/// It takes lines in the exact form that Daylapse writes, with plain ASCII texts, and declines everything else, which
/// then goes through ``JSONValue``. Both roads give the same answer.
public struct EventScanner {
  public var event: EventView
  // 1970-01-01, the text of day 0
  private var cachedDate = UInt64(littleEndian: 0x2D31_302D_3037_3931)
  private var cachedDateTail = UInt16(littleEndian: 0x3130)
  private var cachedDay: Int32 = 0

  public init() {
    let nowhere = ByteSpan.empty
    event = EventView(
      time: nowhere, typeName: nowhere, courseID: nowhere, watchMinutes: nowhere, quizScore: nowhere, amount: nowhere,
      head: nowhere)
  }

  /// Scans the line at `start`.
  ///
  /// - Parameters:
  ///   - start: The first byte of a line.
  ///   - end: Behind the last byte of the buffer, which is a line feed.
  /// - Returns: Where the next line starts, or nothing where the line is not in the plain form.
  @inline(__always)
  public mutating func scan(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) -> UnsafePointer<UInt8>? {
    var at = start
    guard matches(at, end, "{\"event_id\":") else { return nil }
    at += 12
    guard let id = EventScanner.digits(&at) else { return nil }
    guard matches(at, end, ",\"user_id\":") else { return nil }
    at += 11
    guard let user = EventScanner.digits(&at) else { return nil }
    guard matches(at, end, ",\"event_time\":\"") else { return nil }
    at += 15
    guard end - at > 34, at[19] == UInt8(ascii: "\""), scanTime(at) else { return nil }
    event.eventID = id
    event.userID = user
    event.time = ByteSpan(start: at, count: 19)
    event.head = ByteSpan(start: start, end: at + 20)
    at += 20
    if at[8] == UInt8(ascii: "d") {
      let date = UnsafeRawPointer(at + 15)
      guard matches(at, end, ",\"event_date\":\""), end - at > 40, at[25] == UInt8(ascii: "\""),
        date.loadUnaligned(as: UInt64.self) == cachedDate,
        date.loadUnaligned(fromByteOffset: 8, as: UInt16.self) == cachedDateTail
      else { return nil }
      at += 26
    }
    guard matches(at, end, ",\"event_type\":\"") else { return nil }
    at += 15
    let type = at
    while EventScanner.isPlainTypeByte(at.pointee) { at += 1 }
    guard at.pointee == UInt8(ascii: "\""), at > type else { return nil }
    event.typeName = ByteSpan(start: type, end: at)
    event.type = EventType(event.typeName)
    at += 1

    event.courseID.count = 0
    event.watchMinutes.count = 0
    event.quizScore.count = 0
    event.amount.count = 0
    if at.pointee == UInt8(ascii: ","), matches(at, end, ",\"course_id\":\"") {
      at += 14
      let text = at
      while EventScanner.isPlainTextByte(at.pointee) { at += 1 }
      guard at.pointee == UInt8(ascii: "\""), at > text else { return nil }
      event.courseID = ByteSpan(start: text, end: at)
      at += 1
    }
    if at.pointee == UInt8(ascii: ","), matches(at, end, ",\"watch_minutes\":") {
      at += 17
      guard let number = EventScanner.number(&at) else { return nil }
      event.watchMinutes = number
    }
    if at.pointee == UInt8(ascii: ","), matches(at, end, ",\"quiz_score\":") {
      at += 14
      guard let number = EventScanner.number(&at) else { return nil }
      event.quizScore = number
    }
    if at.pointee == UInt8(ascii: ","), matches(at, end, ",\"amount\":") {
      at += 10
      guard let number = EventScanner.number(&at) else { return nil }
      event.amount = number
    }
    guard end - at >= 2, at[0] == UInt8(ascii: "}"), at[1] == UInt8(ascii: "\n") else { return nil }
    return at + 2
  }

  /// Reads `YYYY-MM-DDTHH:MM:SS`; the day of the previous event is known without the calendar.
  @inline(__always)
  private mutating func scanTime(_ text: UnsafePointer<UInt8>) -> Bool {
    let raw = UnsafeRawPointer(text)
    let date = raw.loadUnaligned(as: UInt64.self)
    let dateTail = raw.loadUnaligned(fromByteOffset: 8, as: UInt16.self)
    if date != cachedDate || dateTail != cachedDateTail {
      guard let known = CivilDate(bytes: UnsafeRawBufferPointer(start: raw, count: 10)) else { return false }
      cachedDate = date
      cachedDateTail = dateTail
      cachedDay = known.daysSinceEpoch
    }
    let zero = UInt8(ascii: "0")
    let hourTens = text[11] &- zero
    let hourUnits = text[12] &- zero
    let minuteTens = text[14] &- zero
    let minuteUnits = text[15] &- zero
    let secondTens = text[17] &- zero
    let secondUnits = text[18] &- zero
    let hour = Int(hourTens) &* 10 &+ Int(hourUnits)
    guard text[10] == UInt8(ascii: "T"), text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
      hourTens < 3, hourUnits < 10, hour < 24, minuteTens < 6, minuteUnits < 10, secondTens < 6, secondUnits < 10
    else { return false }
    event.day = cachedDay
    event.seconds =
      Int(cachedDay) &* EventTime.secondsPerDay &+ hour &* 3600
      &+ (Int(minuteTens) &* 10 &+ Int(minuteUnits)) &* 60 &+ Int(secondTens) &* 10 &+ Int(secondUnits)
    return true
  }

  /// Reads up to 18 digits without a leading zero.
  @inline(__always)
  static func digits(_ at: inout UnsafePointer<UInt8>) -> Int? {
    let start = at
    var value = 0
    var digit = at.pointee &- UInt8(ascii: "0")
    while digit < 10 {
      value = value &* 10 &+ Int(digit)
      at += 1
      digit = at.pointee &- UInt8(ascii: "0")
    }
    let length = at - start
    guard length > 0, length <= 18, length == 1 || start.pointee != UInt8(ascii: "0") else { return nil }
    return value
  }

  /// Reads a JSON number (RFC 8259, section 6).
  @inline(__always)
  static func number(_ at: inout UnsafePointer<UInt8>) -> ByteSpan? {
    let start = at
    if at.pointee == UInt8(ascii: "-") { at += 1 }
    let isZero = at.pointee == UInt8(ascii: "0")
    let whole = skipDigits(&at)
    guard whole > 0, whole == 1 || !isZero else { return nil }
    if at.pointee == UInt8(ascii: ".") {
      at += 1
      guard skipDigits(&at) > 0 else { return nil }
    }
    if at.pointee | 0x20 == UInt8(ascii: "e") {
      at += 1
      if at.pointee == UInt8(ascii: "-") || at.pointee == UInt8(ascii: "+") { at += 1 }
      guard skipDigits(&at) > 0 else { return nil }
    }
    return ByteSpan(start: start, end: at)
  }

  /// - Returns: How many digits there were.
  @inline(__always)
  private static func skipDigits(_ at: inout UnsafePointer<UInt8>) -> Int {
    let start = at
    while at.pointee &- UInt8(ascii: "0") < 10 { at += 1 }
    return at - start
  }

  @inline(__always)
  private static func isPlainTypeByte(_ byte: UInt8) -> Bool {
    (byte &- UInt8(ascii: "a")) < 26 || byte == UInt8(ascii: "_") || (byte &- UInt8(ascii: "0")) < 10
  }

  /// Printable ASCII that needs no escape.
  @inline(__always)
  static func isPlainTextByte(_ byte: UInt8) -> Bool {
    (byte &- 0x20) < 0x5F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }
}
