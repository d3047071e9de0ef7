import CSVText
import OutputFiles
import Records

/// Writes messages as rows of a CSV file.
struct ExportRowWriter {
  let columns: [String]
  /// Whether this is a raw topic, whose table is what `import` reads.
  let isRaw: Bool
  let output: OutputFile
  private var cells: [[UInt8]]
  private let positions: [String: Int]
  /// The number of the part of an overlong line that was written last; its line is ended when no other part follows.
  private var openPart: Int?

  init(columns: [String], isRaw: Bool, output: OutputFile) {
    self.columns = columns
    self.isRaw = isRaw
    self.output = output
    cells = Array(repeating: [], count: columns.count)
    positions = Dictionary(columns.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func writeHeader() throws {
    cells = columns.map { Array($0.utf8) }
    try writeCells()
  }

  mutating func writeRow(_ message: JSONValue) throws {
    if isRaw, let row = BrokenRow(message) { return try writeBroken(row) }
    endParts()
    guard case .object(let members) = message else { return }
    for index in cells.indices { cells[index] = [] }
    for member in members {
      guard let position = positions[member.name] else { continue }
      cells[position] = cell(member.value)
    }
    try writeCells()
  }

  /// Ends the file.
  mutating func finish() { endParts() }

  /// The content of a field: that of numbers and strings as it stands, the bytes of one that is no text, anything else as
  /// JSON.
  private func cell(_ value: JSONValue) -> [UInt8] {
    switch value {
    case .string(let text), .number(let text): Array(text.utf8)
    case .null: []
    case .object: (isRaw ? value.rawBytes : nil) ?? Array(value.description.utf8)
    case .bool, .array: Array(value.description.utf8)
    }
  }

  private func writeCells() throws {
    let out = output.buffer
    for (index, cell) in cells.enumerated() {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      cell.withUnsafeBytes { out.append(csvField: $0) }
    }
    // one empty field alone would be a blank line, which is no row
    if cells == [[]] { out.append("\"\"") }
    out.append(UInt8(ascii: "\n"))
    try output.flushIfNeeded()
  }

  /// Writes a row that could not be taken apart as it came.
  private mutating func writeBroken(_ row: BrokenRow) throws {
    if let part = row.part, part == (openPart ?? 0) + 1 {
      output.buffer.append(row.row)
      openPart = part
      try output.flushIfNeeded()
      return
    }
    endParts()
    output.buffer.append(row.row)
    if row.part == nil { endLine(behind: row.row.last) } else { openPart = row.part }
    try output.flushIfNeeded()
  }

  private mutating func endParts() {
    guard openPart != nil else { return }
    openPart = nil
    endLine(behind: nil)
  }

  /// Ends a line. A carriage return in front of it would be taken for a part of the line end.
  private func endLine(behind last: UInt8?) {
    if last == 0x0d { output.buffer.append(UInt8(ascii: "\r")) }
    output.buffer.append(UInt8(ascii: "\n"))
  }
}
