import CSVText
import Records

/// Counts what a person should know of the rows of a raw file.
final class RawTally {
  private var count = 0
  private var first = ""

  /// Takes note of a row that has bytes which are no UTF-8.
  func noteBytes(of row: borrowing CSVRow, _ header: RawHeader) {
    count += 1
    guard count == 1 else { return }
    for column in 0..<row.count {
      guard let place = row[column].firstNonUTF8 else { continue }
      first =
        "line \(row.line), \(RawHeader.shown(header.names[column], at: column)): byte "
        + "\(row[column][place].hexadecimal) at byte \(place + 1) of the field"
      return
    }
  }

  /// Says that a file has such rows; `nil` where it has none.
  func warning(path: String) -> String? {
    guard count > 0 else { return nil }
    let subject =
      count == 1 ? "a row is not UTF-8 (\(first))" : "\(count) rows are not UTF-8 (the first: \(first))"
    return
      "\(path): \(subject); the bytes are kept as they came, and rows with such bytes in one of the topic's own columns "
      + "are rejected: save the file as UTF-8 to have them as text"
  }
}
