/// Why a sorter did not take a row.
public enum RowSorterError: Error, Equatable, CustomStringConvertible {
  /// The row with this number (from 0, in the order of adding) has more bytes than a sorter takes.
  case rowTooLong(row: Int, byteCount: Int, byteLimit: Int)

  public var description: String {
    switch self {
    case .rowTooLong(let row, let byteCount, let byteLimit):
      "row \(row) of a sort has \(byteCount) bytes, more than the limit of \(byteLimit); look for a missing line end in its source"
    }
  }
}
