import CSVText
import Records

/// Holds the rows of a CSV file against those that it should have, row by row, and finds its place again behind rows that
/// are missing, too many or changed.
final class TableComparison {
  private struct FoundRow {
    var number: Int
    var cells: [String]
    var isProper: Bool
  }

  private(set) var report: TableReport
  let header: [String]
  /// How many columns at the front say what a row is about.
  private let keyCount: Int
  private let differenceLimit: Int
  private let onProgress: (Int) throws -> Void

  private let reader: CSVReader
  private var row = CSVRow()
  private var waiting: [FoundRow] = []

  /// Opens a table and reads its header.
  init(
    path: String, keyCount: Int, differenceLimit: Int, onProgress: @escaping (Int) throws -> Void
  ) throws {
    report = TableReport(path: path)
    self.keyCount = keyCount
    self.differenceLimit = differenceLimit
    self.onProgress = onProgress
    reader = CSVReader(source: try openByteSource(path: path))
    let hasHeader = try reader.next(into: &row)
    header = hasHeader ? TableComparison.cells(of: row) : []
  }

  /// Compares.
  ///
  /// - Parameters:
  ///   - expectedHeader: What the first row should be; where it is not, no row is compared.
  ///   - next: The rows that the table should have, one a call.
  ///   - placeOf: Where a row with these cells belongs; nothing where that cannot be said.
  func run(
    expectedHeader: [String], next: () throws -> PlainRow?, placeOf: ([String]) -> Int?
  ) throws {
    guard header == expectedHeader else {
      add(
        TableDifference(
          row: 0, about: "the header", expected: expectedHeader.joined(separator: ","),
          found: header.joined(separator: ",")))
      return
    }
    var expected: [PlainRow] = []
    func fill(_ count: Int) throws {
      while expected.count < count, let row = try next() {
        report.expectedRowCount += 1
        expected.append(row)
      }
    }
    while true {
      try fill(1)
      guard let wanted = expected.first else { break }
      if waiting.isEmpty {
        guard try readRow() else { break }
        if isRow(wanted.cells) {
          expected.removeFirst()
          continue
        }
        keepRow()
      }
      try fill(2)
      if waiting.count < 2, try readRow() { keepRow() }
      switch verdict(expected, waiting, placeOf) {
      case .sameRow:
        compare(waiting.removeFirst(), with: expected.removeFirst())
      case .tooMany:
        addWhole(waiting.removeFirst())
      case .missing:
        addMissing(expected.removeFirst())
      }
    }
    while let found = try waiting.popFirst() ?? readWaiting() { addWhole(found) }
    while let wanted = try expected.popFirst() ?? countedNext(next) { addMissing(wanted) }
  }

  private enum Verdict { case sameRow, tooMany, missing }

  /// What the first row that was found is, by where it and the next one belong.
  private func verdict(_ expected: [PlainRow], _ found: [FoundRow], _ placeOf: ([String]) -> Int?) -> Verdict {
    let places = found.map { $0.isProper ? placeOf($0.cells) : nil }
    guard let place = places[0] else { return .sameRow }
    if place == expected[0].place { return .sameRow }
    let nextPlace = found.count > 1 ? places[1] : nil
    let nextExpected = expected.count > 1 ? expected[1].place : nil
    // the rows behind agree again: this one has another key
    if nextPlace == nextExpected { return .sameRow }
    if place == nextExpected { return .missing }
    if nextPlace == expected[0].place { return .tooMany }
    return place < expected[0].place ? .tooMany : .missing
  }

  // MARK: Rows of the file

  /// Reads the next row into `row`.
  private func readRow() throws -> Bool {
    guard try reader.next(into: &row) else { return false }
    report.rowCount += 1
    if report.rowCount % 16_384 == 0 { try onProgress(report.rowCount) }
    return true
  }

  private func readWaiting() throws -> FoundRow? {
    guard try readRow() else { return nil }
    keepRow()
    return waiting.removeFirst()
  }

  private func keepRow() {
    let isProper = row.fault == nil && row.count == header.count
    waiting.append(FoundRow(number: report.rowCount, cells: TableComparison.cells(of: row), isProper: isProper))
  }

  private func isRow(_ cells: [String]) -> Bool {
    guard row.fault == nil, row.count == cells.count else { return false }
    for index in cells.indices {
      var cell = cells[index]
      let field = row[index]
      let isSame = cell.withUTF8 { $0.count == field.count && $0.elementsEqual(field) }
      if !isSame { return false }
    }
    return true
  }

  private func countedNext(_ next: () throws -> PlainRow?) throws -> PlainRow? {
    guard let row = try next() else { return nil }
    report.expectedRowCount += 1
    return row
  }

  private static func cells(of row: borrowing CSVRow) -> [String] {
    (0..<row.count).map { String(decoding: row[$0], as: UTF8.self) }
  }

  // MARK: Differences

  private func compare(_ found: FoundRow, with wanted: PlainRow) {
    guard found.isProper else {
      add(
        TableDifference(
          row: found.number, about: about(wanted.cells), expected: wanted.cells.joined(separator: ","),
          found: found.cells.joined(separator: ",")))
      return
    }
    for (index, column) in header.enumerated() where found.cells[index] != wanted.cells[index] {
      add(
        TableDifference(
          row: found.number, about: about(wanted.cells), column: column, expected: wanted.cells[index],
          found: found.cells[index]))
    }
  }

  private func addWhole(_ found: FoundRow) {
    add(
      TableDifference(
        row: found.number, about: about(found.cells), expected: "no such row",
        found: found.cells.joined(separator: ",")))
  }

  private func addMissing(_ wanted: PlainRow) {
    add(
      TableDifference(
        about: about(wanted.cells), expected: wanted.cells.joined(separator: ","), found: "no such row"))
  }

  private func about(_ cells: [String]) -> String {
    zip(header, cells).prefix(keyCount).map { "\($0) \($1)" }.joined(separator: ", ")
  }

  private func add(_ difference: TableDifference) {
    report.differenceCount += 1
    if report.differences.count < differenceLimit { report.differences.append(difference) }
  }
}

extension Array {
  fileprivate mutating func popFirst() -> Element? { isEmpty ? nil : removeFirst() }
}
