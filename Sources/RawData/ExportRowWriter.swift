import CSVText
import OutputFiles
import Records

/// Writes messages as rows of a CSV file.
struct ExportRowWriter {
  let columns: [String]
  /// Whether a row that could not be taken apart may fit the header, so that it has to be told in another way.
  let isAmbiguous: Bool
  let output: OutputFile
  private var cells: [String]
  private let positions: [String: Int]

  init(columns: [String], isAmbiguous: Bool, output: OutputFile) {
    self.columns = columns
    self.isAmbiguous = isAmbiguous
    self.output = output
    cells = Array(repeating: "", count: columns.count)
    positions = Dictionary(columns.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func writeHeader() throws {
    cells = columns
    try writeCells()
  }

  mutating func writeRow(_ message: JSONValue) throws {
    guard case .object(let members) = message else { return try writeMalformed(message.stringValue ?? "") }
    for index in cells.indices { cells[index] = "" }
    for member in members {
      guard let position = positions[member.name] else { continue }
      cells[position] = ExportRowWriter.cell(member.value)
    }
    try writeCells()
  }

  /// The text of a field: that of numbers and strings as it stands, anything else as JSON.
  private static func cell(_ value: JSONValue) -> String {
    switch value {
    case .string(let text), .number(let text): text
    case .null: ""
    case .bool, .array, .object: value.description
    }
  }

  private func writeCells() throws {
    let out = output.buffer
    for (index, cell) in cells.enumerated() {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      var cell = cell
      cell.withUTF8 { out.append(csvField: UnsafeRawBufferPointer($0)) }
    }
    // one empty field alone would be a blank line, which is no row
    if cells == [""] { out.append("\"\"") }
    out.append(UInt8(ascii: "\n"))
    try output.flushIfNeeded()
  }

  /// Writes a row that could not be taken apart as it came.
  ///
  /// Bytes that were no UTF-8 stand in the message as U+FFFD. Where that alone made the row improper, such a byte is
  /// written again.
  private func writeMalformed(_ text: String) throws {
    let out = output.buffer
    let replacement: Unicode.Scalar = "\u{FFFD}"
    if isAmbiguous, MalformedRow(text).properCount == columns.count, text.unicodeScalars.contains(replacement) {
      for scalar in text.unicodeScalars {
        if scalar == replacement { out.append(0xFF) } else { out.append(String(Character(scalar))) }
      }
    } else {
      out.append(text)
    }
    // a carriage return at the end would be taken for a part of the line end
    if text.utf8.last == 0x0d { out.append(UInt8(ascii: "\r")) }
    out.append(UInt8(ascii: "\n"))
    try output.flushIfNeeded()
  }
}
