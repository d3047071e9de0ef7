import CSVText
import ExternalSort
import Records

/// The rows of `events_clean.csv`, gathered as events come and given out by event id.
public final class EventTable {
  public static let header: StaticString =
    "event_id,user_id,event_time,event_type,course_id,watch_minutes,quiz_score,amount,event_date\n"

  let sorter: RowSorter
  @exclusivity(unchecked) private var scanner = EventScanner()
  private let scratch = ByteBuffer(capacity: 4096)
  @exclusivity(unchecked) public internal(set) var firstDay = Int32.max
  @exclusivity(unchecked) public internal(set) var lastDay = Int32.min

  init(sorter: RowSorter) { self.sorter = sorter }

  public var rowCount: Int { sorter.count }

  func add(_ lines: UnsafeRawBufferPointer, at offset: Int) throws {
    guard let all = ByteSpan(lines) else { return }
    let end = all.start + all.count
    var at = all.start
    var offset = offset
    while at < end {
      guard let next = scanner.scan(at, end) ?? scanner.scanAny(at, end, scratch: scratch) else {
        throw StepError(topic: "events.clean", offset: offset, problem: "not a clean event")
      }
      let event = scanner.event
      if event.day < firstDay { firstDay = event.day }
      if event.day > lastDay { lastDay = event.day }
      try sorter.add(key: UInt64(bitPattern: Int64(event.eventID)) ^ (1 << 63)) { write(event, to: $0) }
      at = next
      offset &+= 1
    }
  }

  @inline(__always)
  private func write(_ event: EventView, to out: ByteBuffer) {
    let comma = UInt8(ascii: ",")
    out.append(decimal: event.eventID)
    out.append(comma)
    out.append(decimal: event.userID)
    out.append(comma)
    out.append(event.time.start, 10)
    out.append(UInt8(ascii: " "))
    out.append(event.time.start + 11, 8)
    out.append(comma)
    if event.type == .other { out.append(csvField: event.typeName.bytes) } else { out.append(event.typeName) }
    out.append(comma)
    if event.courseID.count > 0 { out.append(csvField: event.courseID.bytes) }
    out.append(comma)
    out.append(event.watchMinutes)
    out.append(comma)
    out.append(event.quizScore)
    out.append(comma)
    out.append(event.amount)
    out.append(comma)
    out.append(event.time.start, 10)
    out.append(UInt8(ascii: "\n"))
  }

  func finish() throws { try sorter.finish() }

  /// Writes the header and every row. Called once, after ``SinkStep/isComplete``; may run on a thread of its own.
  public func writeRows(to output: any RowOutput) throws {
    output.buffer.append(EventTable.header)
    try sorter.forEachRow { _, row in
      output.buffer.append(row)
      try output.flushIfNeeded()
    }
    try output.flushIfNeeded()
  }
}
