import Foundation
import TestSupport
import Testing

@testable import BatchCheck

struct TableComparisonTests {
  /// Compares rows of `id,value` with those of the ids 1 to 9.
  private func report(_ rows: [String], header: String = "id,value", limit: Int = 10) throws -> TableReport {
    try withTemporaryFolder { folder in
      let text = ([header] + rows).map { $0 + "\n" }.joined()
      try Data(text.utf8).write(to: URL(filePath: folder + "/t.csv"))
      let table = try TableComparison(path: folder + "/t.csv", keyCount: 1, differenceLimit: limit) { _ in }
      var next = 0
      try table.run(expectedHeader: ["id", "value"]) {
        next += 1
        return next > 9 ? nil : PlainRow(place: next, cells: ["\(next)", "v\(next)"])
      } placeOf: { cells in
        Int(cells[0])
      }
      return table.report
    }
  }

  private let rows = (1...9).map { "\($0),v\($0)" }

  private func described(_ report: TableReport) -> [String] {
    report.differences.map { "\($0.row.map { "\($0)" } ?? "-") \($0.about) \($0.column ?? "row"): \($0.found)" }
  }

  @Test func rowsThatAreAllThereAreSound() throws {
    let report = try report(rows)
    #expect(report.isSound && report.rowCount == 9 && report.expectedRowCount == 9)
  }

  @Test func aRowThatIsMissingIsOneDifference() throws {
    for index in rows.indices {
      var rows = rows
      rows.remove(at: index)
      #expect(try described(report(rows)) == ["- id \(index + 1) row: no such row"])
    }
  }

  @Test func aRowThatIsTooManyIsOneDifference() throws {
    for index in 0...9 {
      var rows = rows
      rows.insert("77,v", at: index)
      #expect(try described(report(rows)) == ["\(index + 1) id 77 row: 77,v"])
    }
  }

  @Test func aKeyThatHasChangedIsOneDifference() throws {
    for (index, key) in [(0, "0"), (3, "400"), (4, "soon"), (8, "1")] {
      var rows = rows
      rows[index] = "\(key),v\(index + 1)"
      #expect(try described(report(rows)) == ["\(index + 1) id \(index + 1) id: \(key)"])
    }
  }

  @Test func manyRowsMissingAreAllCounted() throws {
    let report = try report([rows[0], rows[8]], limit: 3)
    #expect(report.differenceCount == 7 && report.differences.count == 3 && report.rowCount == 2)
  }

  @Test func anEmptyTableLacksEveryRow() throws { #expect(try report([]).differenceCount == 9) }

  @Test func aRowOfAnotherNumberOfFieldsIsShownWhole() throws {
    var rows = rows
    rows[4] = "5,v5,more"
    #expect(try described(report(rows)) == ["5 id 5 row: 5,v5,more"])
  }

  @Test func anotherHeaderIsSaidAndNothingElse() throws {
    #expect(try described(report(rows, header: "id,valu")) == ["0 the header row: id,valu"])
  }

  @Test func quotesThatAreNotNeededMakeNoDifference() throws {
    #expect(try report(rows.map { "\"\($0.prefix(1))\"" + $0.dropFirst() }).isSound)
  }
}
