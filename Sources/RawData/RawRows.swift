import CSVText
import Records

/// The rows of a raw CSV file as messages, one after the other.
final class RawRows {
  private let table: RawTable
  private let reader: CSVReader
  private var row = CSVRow()

  /// Opens the file of a table and goes past its header.
  init(_ table: RawTable) throws {
    self.table = table
    reader = CSVReader(source: try openByteSource(path: table.path))
    _ = try reader.next(into: &row)
  }

  /// Appends the next row as a message with its line feed.
  ///
  /// - Returns: Whether there was one.
  func next(into out: ByteBuffer) throws -> Bool {
    while try reader.next(into: &row) {
      if RawTable.isBlank(row) { continue }
      table.writeMessage(row, to: out)
      return true
    }
    return false
  }
}
