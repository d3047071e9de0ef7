import Records

/// Messages as the rows of a table: columns come as fields do, and widen as values need it.
///
/// Rows gather until ``flush(to:)``, so that those that are shown together are laid out together. A header goes in
/// front of the first row, and again whenever columns have changed.
public final class MessageTable {
  /// How wide a row may be; nothing for any width.
  public var widthLimit: Int?
  /// After so many rows the header is repeated; nothing for never.
  public var rowsPerHeader: Int?

  private struct Column {
    let name: [UInt8]
    /// The name as the header shows it.
    let label: [UInt8]
    let isRightAligned: Bool
    var need: ColumnLayout.Need
  }

  private struct Cell {
    var column: Int
    var bytes: Range<Int>
  }

  private let showsTopic: Bool
  /// In order of appearance; ``sequence`` says how they are shown.
  private var columns: [Column] = []
  private var places: [[UInt8]: Int] = [:]
  private var sequence: [Int] = []
  private var cells: [Cell] = []
  /// Where each row's cells end.
  private var rowEnds: [Int] = []
  private let text = ByteBuffer(capacity: 1 << 16)
  private var shownColumns: [Int] = []
  private var shownWidths: [Int] = []
  private var rowsSinceHeader = 0

  /// - Parameter showsTopic: Whether the first column says which topic a message is of.
  public init(showsTopic: Bool) {
    self.showsTopic = showsTopic
  }

  /// How many rows wait to be flushed.
  public var pendingRowCount: Int { rowEnds.count }

  /// Adds a message. One that is no object becomes a row of one column, `message`.
  ///
  /// - Parameter schema: Says in which order the topic's fields are shown; others follow as they come.
  public func add(_ line: UnsafeRawBufferPointer, _ fields: MessageFields, of topic: String, _ schema: TopicSchema) {
    if showsTopic {
      var topic = topic
      topic.withUTF8 { add(ByteSpan(UnsafeRawBufferPointer($0)) ?? .empty, to: MessageTable.topicName, .text, nil) }
    }
    for field in fields.fields {
      let name = UnsafeRawBufferPointer(field.name.bytes)
      add(field.value, to: Array(name), field.kind, schema)
    }
    if fields.fields.isEmpty, let whole = ByteSpan(line) { add(whole, to: MessageTable.messageName, .text, nil) }
    rowEnds.append(cells.count)
  }

  /// Writes the rows that wait.
  public func flush(to buffer: ByteBuffer) {
    guard !rowEnds.isEmpty else { return }
    let widths = ColumnLayout.widths(sequence.map { columns[$0].need }, limit: widthLimit)
    let shown = Array(sequence.prefix(widths.count))
    if shown != shownColumns || widths != shownWidths {
      (shownColumns, shownWidths) = (shown, widths)
      writeHeader(to: buffer)
    }
    var row = [Cell?](repeating: nil, count: columns.count)
    var start = 0
    for end in rowEnds {
      if let rowsPerHeader, rowsSinceHeader >= rowsPerHeader { writeHeader(to: buffer) }
      for cell in cells[start..<end] { row[cell.column] = cell }
      writeRow(row, to: buffer)
      for cell in cells[start..<end] { row[cell.column] = nil }
      start = end
      rowsSinceHeader += 1
    }
    cells.removeAll(keepingCapacity: true)
    rowEnds.removeAll(keepingCapacity: true)
    text.removeAll()
  }

  private static let topicName = Array("topic".utf8)
  private static let messageName = Array("message".utf8)

  // MARK: Taking rows

  private func add(_ value: ByteSpan, to name: [UInt8], _ kind: MessageFields.Kind, _ schema: TopicSchema?) {
    let index = places[name] ?? addColumn(name, kind, schema)
    let width = ShownText.width(value)
    if width > columns[index].need.value { columns[index].need.value = width }
    let start = text.count
    text.append(value)
    cells.append(Cell(column: index, bytes: start..<text.count))
  }

  private func addColumn(_ name: [UInt8], _ kind: MessageFields.Kind, _ schema: TopicSchema?) -> Int {
    let field = String(decoding: name, as: UTF8.self)
    let label = field.withInvisibleEscaped
    let fields = schema?.fields ?? []
    let rank = fields.firstIndex { $0.name == field }
    let isText = kind != .number && (rank.map { fields[$0].kind.isText } ?? true)
    columns.append(
      Column(
        name: name, label: Array(label.utf8), isRightAligned: kind == .number,
        need: .init(header: label.count, value: rank.map { fields[$0].kind.usualWidth } ?? 1, canBeCut: isText)))
    let index = columns.count - 1
    places[name] = index
    guard let rank else {
      sequence.append(index)
      return index
    }
    // in front of the first column that comes behind it in the topic's own order
    let later = Set(fields[(rank + 1)...].map { Array($0.name.utf8) })
    let place = sequence.firstIndex { later.contains(columns[$0].name) } ?? sequence.count
    sequence.insert(index, at: place)
    return index
  }

  // MARK: Writing

  private func writeHeader(to buffer: ByteBuffer) {
    rowsSinceHeader = 0
    write(to: buffer) { index, width in
      columns[index].label.withUnsafeBytes { writeCell(ByteSpan($0) ?? .empty, index, width, to: buffer) }
    }
  }

  private func writeRow(_ row: [Cell?], to buffer: ByteBuffer) {
    write(to: buffer) { index, width in
      let value = row[index].flatMap { ByteSpan(UnsafeRawBufferPointer(rebasing: text.bytes[$0.bytes])) }
      writeCell(value ?? .empty, index, width, to: buffer)
    }
  }

  private func writeCell(_ value: ByteSpan, _ index: Int, _ width: Int, to buffer: ByteBuffer) {
    ShownText.write(value, width: width, limit: width, isRightAligned: columns[index].isRightAligned, to: buffer)
  }

  /// Writes a row without the blanks at its end.
  private func write(to buffer: ByteBuffer, _ writeCell: (_ column: Int, _ width: Int) -> Void) {
    let start = buffer.count
    for (position, index) in shownColumns.enumerated() {
      if position > 0 { ShownText.writeBlanks(ColumnLayout.gap, to: buffer) }
      writeCell(index, shownWidths[position])
    }
    var end = buffer.count
    while end > start, buffer.bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
    buffer.truncate(to: end)
    buffer.append(UInt8(ascii: "\n"))
  }
}

extension TopicSchema.Field.Kind {
  /// Whether values may be cut without becoming others.
  fileprivate var isText: Bool {
    switch self {
    case .string, .pane, .textOrBytes: true
    default: false
    }
  }

  /// How wide values normally get: columns begin with that, and need not widen for every other row.
  fileprivate var usualWidth: Int {
    switch self {
    case .flag: 1
    case .count: 3
    case .integer, .number, .rawNumber, .measure: 6
    case .pane: 7
    case .string, .date, .textOrBytes: 10
    case .time: 19
    }
  }
}
