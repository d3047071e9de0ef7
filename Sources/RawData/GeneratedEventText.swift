import Generator
import Records

/// Generated events as CSV rows and as messages. Texts that repeat are made once, and lie where reaching them costs
/// nothing.
final class GeneratedEventText {
  /// `YYYY-MM-DDT` of every day, eleven bytes each.
  private let dates: UnsafeMutableBufferPointer<UInt8>
  /// `HH:MM:00` of every minute, eight bytes each.
  private let minutes: UnsafeMutableBufferPointer<UInt8>
  private let courses: UnsafeMutableBufferPointer<StaticString>
  private let eventTypes: UnsafeMutableBufferPointer<StaticString>

  init(startDay: Int32, dayCount: Int) {
    let text = ByteBuffer(capacity: dayCount * 11 + 16)
    for day in 0..<dayCount {
      CivilDate(daysSinceEpoch: startDay + Int32(day)).write(to: text.writing(atMost: 10))
      text.advance(by: 10)
      text.append(UInt8(ascii: "T"))
    }
    dates = GeneratedEventText.copy(text.bytes)
    text.removeAll()
    for minute in 0..<1440 {
      EventTime(secondsSinceEpoch: minute * 60).write(to: text.writing(atMost: 19))
      text.append(UnsafeRawBufferPointer(start: UnsafeRawPointer(text.writing(atMost: 19) + 11), count: 8))
    }
    minutes = GeneratedEventText.copy(text.bytes)
    courses = GeneratedEventText.copy(Vocabulary.courses)
    eventTypes = GeneratedEventText.copy(Vocabulary.eventTypes)
  }

  deinit {
    dates.deallocate()
    minutes.deallocate()
    courses.deallocate()
    eventTypes.deallocate()
  }

  private static func copy<Elements: Collection>(
    _ elements: Elements
  ) -> UnsafeMutableBufferPointer<Elements.Element> {
    let copy = UnsafeMutableBufferPointer<Elements.Element>.allocate(capacity: elements.count)
    _ = copy.initialize(fromContentsOf: elements)
    return copy
  }

  /// Appends a row of `events.csv`.
  @inline(__always)
  func writeRow(_ event: GeneratedEvent, eventID: Int, userID: Int, to out: ByteBuffer) {
    let comma = UInt8(ascii: ",")
    out.append(decimal: eventID)
    out.append(comma)
    out.append(decimal: userID)
    out.append(comma)
    let (day, minute) = event.minute.quotientAndRemainder(dividingBy: 1440)
    writeTime(day: Int(day), minute: Int(minute), to: out)
    out.append(comma)
    out.append(eventTypes[Int(event.kind.rawValue)])
    out.append(comma)
    if event.course != GeneratedEvent.noCourse { out.append(courses[Int(event.course)]) }
    switch event.kind {
    case .videoWatch:
      out.append(comma)
      out.append(double: event.value)
      out.append(",,\n")
    case .quizAttempt:
      out.append(",0.0,")
      out.append(double: event.value)
      out.append(",\n")
    case .paymentSuccess, .paymentFailed:
      out.append(",0.0,,")
      out.append(double: event.value)
      out.append("\n")
    case .login, .courseEnroll, .supportTicket: out.append(",0.0,,\n")
    }
  }

  /// Appends a message of `events.raw`, with only the fields of its type.
  @inline(__always)
  func writeMessage(_ event: BucketEvent, day: Int, to out: ByteBuffer) {
    out.append("{\"event_id\":")
    out.append(decimal: event.eventID)
    out.append(",\"user_id\":")
    out.append(decimal: Int(event.userID))
    out.append(",\"event_time\":\"")
    writeTime(day: day, minute: Int(event.minuteOfDay), to: out)
    out.append("\",\"event_type\":\"")
    out.append(eventTypes[Int(event.kind.rawValue)])
    if event.course != GeneratedEvent.noCourse {
      out.append("\",\"course_id\":\"")
      out.append(courses[Int(event.course)])
    }
    out.append(UInt8(ascii: "\""))
    switch event.kind {
    case .videoWatch:
      out.append(",\"watch_minutes\":")
      out.append(double: event.value)
    case .quizAttempt:
      out.append(",\"quiz_score\":")
      out.append(double: event.value)
    case .paymentSuccess, .paymentFailed:
      out.append(",\"amount\":")
      out.append(double: event.value)
    case .login, .courseEnroll, .supportTicket: break
    }
    out.append("}\n")
  }

  @inline(__always)
  private func writeTime(day: Int, minute: Int, to out: ByteBuffer) {
    out.append(dates.baseAddress! + day &* 11, 11)
    out.append(minutes.baseAddress! + minute &* 8, 8)
  }
}
