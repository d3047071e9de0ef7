import CSVText
import Records

/// What has to be known of all messages of a topic before the first row of its table is written.
struct ExportSurvey {
  /// The header.
  private(set) var columns: [String] = []
  /// Where a group of events of the same time has to go to the end of the file, so that a quote which is never closed
  /// has no other one behind it.
  private(set) var lastGroup: Range<Int>?

  private let raw: RawTopic?
  private let schemaFields: [String]
  private var order = ColumnOrder()
  /// Numbers of columns under which a row that could not be taken apart would be a proper one.
  private var properCounts: Set<Int> = []

  private var groupStart = 0
  private var groupTime: EventTime?
  private var firstTimedOffset: Int?
  private var openQuote: (offset: Int, groupStart: Int)?
  private var openQuoteEnd: Int?
  private var hasQuoteBehind = false

  /// - Parameters:
  ///   - raw: Which raw topic it is, if any: its table is what `import` reads.
  ///   - schema: What is known of the topic's messages.
  init(raw: RawTopic?, schema: TopicSchema) {
    self.raw = raw
    schemaFields = schema.fields.map(\.name)
  }

  /// Takes note of a message.
  mutating func add(_ message: JSONValue, at offset: Int, time: EventTime?) {
    if let time, time != groupTime {
      if openQuote != nil, openQuoteEnd == nil { openQuoteEnd = offset }
      groupTime = time
      groupStart = offset
      firstTimedOffset = firstTimedOffset ?? offset
    }
    if raw != nil, let broken = BrokenRow(message) {
      // a part of a line that is too long will be too long again
      let row = broken.part == nil ? MalformedRow(broken.row) : MalformedRow()
      if let count = row.properCount { properCounts.insert(count) }
      if openQuote != nil { hasQuoteBehind = hasQuoteBehind || broken.row.contains(0x22) }
      if row.hasOpenQuote, openQuote == nil { openQuote = (offset, groupStart) }
    } else if case .object(let members) = message {
      order.add(members.map(\.name))
      if openQuote != nil, !hasQuoteBehind { hasQuoteBehind = members.contains { $0.value.needsQuotes } }
    }
  }

  /// Decides about the header and the order of rows.
  ///
  /// - Parameter end: The offset behind the last message.
  mutating func finish(end: Int) {
    guard let raw else {
      columns = schemaFields.filter { order.names.contains($0) || order.names.isEmpty }
      columns += order.names.filter { !schemaFields.contains($0) }
      return
    }
    let own = raw.columns
    let extra = order.agreed.filter { !own.contains($0) }
    columns = own + extra
    // A row that could not be taken apart must not fit the header: columns that nothing uses are left out, or added.
    for name in own.reversed() where properCounts.contains(columns.count) {
      if !raw.requiredColumns.contains(name), !order.names.contains(name) { columns.removeAll { $0 == name } }
    }
    var number = 0
    let names = Set(columns)
    while properCounts.contains(columns.count) {
      number += 1
      if !names.contains("unused_\(number)") { columns.append("unused_\(number)") }
    }
    // Events before the first one that has a time would lose their place if its group went to the end.
    if raw == .events, hasQuoteBehind, let openQuote, let firstTimedOffset, openQuote.offset > firstTimedOffset,
      firstTimedOffset == 0 || openQuote.groupStart > firstTimedOffset
    {
      lastGroup = openQuote.groupStart..<(openQuoteEnd ?? end)
    }
  }
}

/// The text of a row that `import` could not take apart.
struct MalformedRow {
  /// How many fields it has, where only a header of as many would make it a proper row.
  private(set) var properCount: Int?
  private(set) var hasOpenQuote = false

  init() {}

  init(_ bytes: [UInt8]) {
    let reader = CSVReader(source: MemoryByteSource(bytes))
    var row = CSVRow()
    guard (try? reader.next(into: &row)) == true else { return }
    hasOpenQuote = row.fault == .unclosedQuote
    if row.fault == nil { properCount = row.count }
  }
}

extension JSONValue {
  /// Whether the value stands in quotes in a CSV file.
  fileprivate var needsQuotes: Bool {
    let bytes: [UInt8]
    if case .string(let text) = self { bytes = Array(text.utf8) } else { bytes = rawBytes ?? [] }
    return bytes.contains { $0 == 0x2c || $0 == 0x22 || $0 == 0x0a || $0 == 0x0d }
  }
}
