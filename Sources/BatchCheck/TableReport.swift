/// How a table compares with the batch computation.
public struct TableReport: Equatable, Sendable {
  public var path: String
  /// How many rows the file has.
  public var rowCount = 0
  /// How many rows it should have.
  public var expectedRowCount = 0
  /// Cells that differ, and rows that are too many or missing, however many of them are listed.
  public var differenceCount = 0
  /// The first of them.
  public var differences: [TableDifference] = []

  public var isSound: Bool { differenceCount == 0 }
}

/// A cell or a row of a table that is not as it should be.
public struct TableDifference: Equatable, Sendable {
  /// The row, its number counted from 1 behind the header, which is 0; nothing for a row that is missing.
  public var row: Int?
  /// Which user and day, or event, the row is about: `user_id 7, as_of_date 2025-01-03`.
  public var about: String
  /// Nothing where a whole row is missing or too many.
  public var column: String?
  public var expected: String
  public var found: String
}
