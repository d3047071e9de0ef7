import CSVText
import Records

/// A raw CSV file: where its columns are, and its rows as messages.
struct RawTable {
  let path: String
  let header: RawHeader
  /// Columns that are not among the topic's own, in file order.
  let extraColumns: [String]
  /// What was found in rows that were written as messages.
  let tally = RawTally()
  private let columns: [Column]
  private let timeIndex: Int?

  private struct Column {
    var index: Int
    /// `"name":`
    var key: [UInt8]
    var isNumeric: Bool
  }

  private static let numeric: Set<String> = [
    "user_id", "is_paid", "engagement_score", "event_id", "watch_minutes", "quiz_score", "amount",
  ]

  init(path: String, topic: RawTopic) throws {
    self.path = path
    let reader = CSVReader(source: try openByteSource(path: path))
    var row = CSVRow()
    guard try reader.next(into: &row) else {
      throw ImportError(path: path, problem: "the file is empty; its first row has to name the columns")
    }
    header = try RawHeader(row, path: path, topic: topic)
    extraColumns = header.extraColumns(of: topic)
    columns = (topic.columns + extraColumns).compactMap { [header] name in
      header.position(of: name).map {
        Column(
          index: $0, key: Array("\(JSONValue.string(name)):".utf8), isNumeric: RawTable.numeric.contains(name))
      }
    }
    timeIndex = topic == .events ? header.position(of: "event_time") : nil
  }

  /// Calls `body` with every row behind the header.
  func forEachRow(_ body: (borrowing CSVRow) throws -> Void) throws {
    let reader = CSVReader(source: try openByteSource(path: path))
    var row = CSVRow()
    _ = try reader.next(into: &row)
    while try reader.next(into: &row) {
      if !RawTable.isBlank(row) { try body(row) }
    }
  }

  /// Whether a row has nothing but blanks and tabs, and so is none.
  static func isBlank(_ row: borrowing CSVRow) -> Bool {
    row.part == 0 && row.bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 }
  }

  /// The first event time in the file that can be read.
  func firstTime() throws -> EventTime? {
    struct Found: Error { var time: EventTime }
    do {
      try forEachRow { row in
        if let time = time(of: row) { throw Found(time: time) }
      }
      return nil
    } catch let found as Found {
      return found.time
    }
  }

  /// The event time of a row, where it is well-formed and has a readable one.
  func time(of row: borrowing CSVRow) -> EventTime? {
    guard let timeIndex, isProper(row) else { return nil }
    return EventTime(bytes: row[timeIndex])
  }

  /// Appends a row as a message: numbers where their text is in canonical form, everything else as text, or as bytes where
  /// it is none; a row that is no proper CSV as a ``BrokenRow``.
  func writeMessage(_ row: borrowing CSVRow, to out: ByteBuffer) {
    let isText = row.bytes.allSatisfy { $0 < 0x80 } || row.bytes.firstNonUTF8 == nil
    guard isProper(row) else {
      BrokenRow.write(
        problem: problem(of: row), line: row.line, part: row.part > 0 ? row.part : nil, row: row.bytes, to: out)
      out.append(UInt8(ascii: "\n"))
      return
    }
    out.append(UInt8(ascii: "{"))
    var isFirst = true
    for column in columns {
      let field = row[column.index]
      guard let span = ByteSpan(field), span.count > 0 else { continue }
      if !isFirst { out.append(UInt8(ascii: ",")) }
      isFirst = false
      out.append(column.key)
      if column.isNumeric, NumberText.isCanonicalInteger(span) || NumberText.isCanonicalDouble(span) {
        out.append(span)
      } else if isText {
        out.append(jsonStringOf: field)
      } else {
        out.append(jsonTextOrBytes: field)
      }
    }
    out.append("}\n")
    if !isText { tally.noteBytes(of: row, header) }
  }

  /// Whether a row can be taken apart: as many fields as the header.
  private func isProper(_ row: borrowing CSVRow) -> Bool { !row.isMalformed && row.count == header.names.count }

  /// Why a row cannot be taken apart.
  private func problem(of row: borrowing CSVRow) -> String {
    var problem: String
    let field = (row.faultIndex ?? 0) + 1
    switch row.fault {
    case .textAfterQuote: problem = "text follows the closing quote of field \(field)"
    case .unclosedQuote: problem = "the quote that opens field \(field) is never closed"
    case .tooLong: problem = "the line is longer than \(CSVReader.defaultRowByteLimit) bytes: part \(row.part) of it"
    case nil:
      problem = "\(row.count) field\(row.count == 1 ? "" : "s") where the header has \(header.names.count)"
      if row.bytes.contains(0x0D) { problem += "; it has carriage returns: do lines end in CR alone?" }
    }
    if let place = row.bytes.firstNonUTF8 {
      problem += "; not UTF-8: byte \(row.bytes[place].hexadecimal) at byte \(place + 1) of the row"
    }
    return problem
  }
}
