import Foundation
import RawData
import Records
import TestSupport
import Testing
import TopicLog

@testable import BatchCheck

struct PlainBatchTests {
  /// The batch computation from the raw files of a set.
  private static func batch(_ name: String) throws -> PlainBatch {
    try withTemporaryFolder { folder in
      _ = try ImportJob(
        usersPath: Fixture.path("\(name)/raw/users.csv"), eventsPath: Fixture.path("\(name)/raw/events.csv"),
        topicsDirectory: folder, run: "r", digest: "d", spillPath: folder + "/spill"
      ).perform()
      var batch = PlainBatch(isStrict: false)
      try forEachMessage("users.raw", folder) { batch.addUser($0) }
      try forEachMessage("events.raw", folder) { batch.addEvent($0) }
      return batch
    }
  }

  private static func forEachMessage(
    _ topic: String, _ folder: String, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws {
    let reader = try TopicReader(directory: "\(folder)/\(topic)") { _ in nil }
    var offset = 0
    while let slice = try reader.slice(from: offset, maxBytes: 1 << 20) {
      slice.withBytes { $0.forEachLine(body) }
      offset = slice.endOffset
    }
  }

  @Test(arguments: ["small", "leap", "messy"])
  func whatTheFirstProgramsGaveIsSound(name: String) throws {
    var batch = try Self.batch(name)
    let folder = Fixture.path("\(name)/processed")
    let reports = try [
      batch.compareUsers(folder + "/users_clean.csv"), batch.compareEvents(folder + "/events_clean.csv"),
      batch.compareUserDays(folder + "/user_daily.csv"),
    ]
    for report in reports {
      #expect(report.differences == [])
      #expect(report.rowCount == report.expectedRowCount && report.rowCount > 0)
    }
    #expect(reports[0].rowCount == batch.usersClean && reports[1].rowCount == batch.eventsClean)
    #expect(reports[2].rowCount == batch.usersClean * batch.dayCount)
  }

  /// Changes one cell of a table of the small set and gives what is found.
  private func findings(
    _ file: String, row: Int, column: Int, _ compare: (inout PlainBatch, String) throws -> TableReport
  ) throws -> TableReport {
    var lines = try Fixture.text("small/processed/\(file)").split(separator: "\n").map(String.init)
    var cells = lines[row].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    cells[column] += "1"
    lines[row] = cells.joined(separator: ",")
    return try withTemporaryFolder { folder in
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: folder + "/" + file))
      var batch = try Self.batch("small")
      return try compare(&batch, folder + "/" + file)
    }
  }

  @Test(arguments: [1, 777, 1200], 0..<18)
  func everyChangedCellOfADayIsNamed(row: Int, column: Int) throws {
    let report = try findings("user_daily.csv", row: row, column: column) { try $0.compareUserDays($1) }
    #expect(report.differenceCount == 1)
    let difference = try #require(report.differences.first)
    #expect(difference.row == row && difference.column == UserDailyColumns.all[column])
    #expect(difference.found == difference.expected + "1")
    #expect(difference.about.hasPrefix("user_id ") && difference.about.contains(", as_of_date 2025-01-"))
  }

  @Test(arguments: [1, 1000, 2298], 0..<9)
  func everyChangedCellOfAnEventIsNamed(row: Int, column: Int) throws {
    let report = try findings("events_clean.csv", row: row, column: column) { try $0.compareEvents($1) }
    #expect(report.differenceCount == 1)
    #expect(report.differences.first?.row == row && report.differences.first?.about == "event_id \(row)")
  }

  @Test func unknownTypesAreCountedUnlessTheyAreRejected() {
    let user = #"{"user_id":1,"signup_date":"2025-01-01","plan":"free"}"#
    let event = #"{"event_id":1,"user_id":1,"event_time":"2025-01-01","event_type":" Wave "}"#
    for isStrict in [false, true] {
      var batch = PlainBatch(isStrict: isStrict)
      Array(user.utf8).withUnsafeBytes { batch.addUser($0) }
      Array(event.utf8).withUnsafeBytes { batch.addEvent($0) }
      #expect(batch.usersClean == 1 && batch.eventsClean == (isStrict ? 0 : 1))
    }
  }
}

private enum UserDailyColumns {
  static let all = PlainRows.userDaysHeader(withEngagement: false)
}
