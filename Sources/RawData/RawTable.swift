import CSVText
import Records

/// A raw CSV file: where its columns are, and its rows as messages.
struct RawTable {
  let path: String
  /// Columns that are not among the topic's own, in file order.
  let extraColumns: [String]
  private let columns: [Column]
  private let headerCount: Int
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
    guard RawTable.isUTF8(row.bytes), row.bytes.allSatisfy({ $0 >= 0x20 || $0 == 0x09 }) else {
      throw ImportError(path: path, problem: "the first row is no text; this is no CSV file, and no gzip file of one")
    }
    let header = (0..<row.count).map { String(decoding: row[$0], as: UTF8.self) }
    headerCount = header.count
    let missing = topic.requiredColumns.filter { !header.contains($0) }
    guard missing.isEmpty else {
      throw ImportError(
        path: path,
        problem: "column \(missing.joined(separator: ", ")) is missing; the first row names "
          + header.joined(separator: ", "))
    }
    let own = topic.columns
    var extra: [String] = []
    for name in header where !own.contains(name) && !extra.contains(name) { extra.append(name) }
    extraColumns = extra
    columns = (own.filter { header.contains($0) } + extra).map { name in
      Column(
        index: header.firstIndex(of: name)!, key: Array("\(JSONValue.string(name)):".utf8),
        isNumeric: RawTable.numeric.contains(name))
    }
    timeIndex = topic == .events ? header.firstIndex(of: "event_time") : nil
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
  static func isBlank(_ row: borrowing CSVRow) -> Bool { row.bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 } }

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

  /// Appends a row as a message: numbers where their text is in canonical form, everything else as text; a row that is
  /// no proper CSV as one text.
  func writeMessage(_ row: borrowing CSVRow, to out: ByteBuffer) {
    guard isProper(row) else {
      out.append(jsonString: String(decoding: row.bytes, as: UTF8.self))
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
      } else {
        out.append(jsonStringOf: field)
      }
    }
    out.append("}\n")
  }

  /// Whether a row can be taken apart: as many fields as the header, and all of it text.
  private func isProper(_ row: borrowing CSVRow) -> Bool {
    !row.isMalformed && row.count == headerCount && RawTable.isUTF8(row.bytes)
  }

  private static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if bytes.allSatisfy({ $0 < 0x80 }) { return true }
    return String(validating: bytes, as: UTF8.self) != nil
  }
}
