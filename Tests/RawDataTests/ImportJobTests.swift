import Foundation
import Generator
import RawData
import Records
import TestSupport
import Testing
import TopicLog

struct ImportJobTests {
  private static let users = "user_id,signup_date,plan\n1,2025-01-01,free\n"
  private static let eventHead = "event_id,user_id,event_time,event_type,course_id,watch_minutes,quiz_score,amount\n"

  /// Imports the texts of two files and gives their messages.
  private func imported(
    users: String = ImportJobTests.users, events: String = ImportJobTests.eventHead
  ) throws -> (users: [String], events: [String], result: ImportJob.Result) {
    try imported(users: users, events: Array(events.utf8))
  }

  private func imported(
    users: String = ImportJobTests.users, events: [UInt8]
  ) throws -> (users: [String], events: [String], result: ImportJob.Result) {
    try withTemporaryFolder { folder in
      try write(users, to: folder + "/users.csv")
      try Data(events).write(to: URL(filePath: folder + "/events.csv"))
      let result = try ImportJob(
        usersPath: folder + "/users.csv", eventsPath: folder + "/events.csv", topicsDirectory: folder, run: "r",
        digest: "d",
        spillPath: folder + "/spill"
      ).perform()
      #expect(!FileManager.default.fileExists(atPath: folder + "/spill"))
      return (try messages("users.raw", in: folder), try messages("events.raw", in: folder), result)
    }
  }

  @Test func numbersInTheirOneFormAreNumbersAndEverythingElseIsText() throws {
    let found = try imported(
      users: "user_id,signup_date,plan,is_paid,country,marketing_source,engagement_score\n"
        + "1,2025-01-01, Paid ,1,NA,,0.50\n02,,free,1.0,\"a\"\"b,\",5,0.5\n",
      events: Self.eventHead
        + "1,7.0,2025-01-06T10:00:00,login,5,1e5,-0,100.0\n+2,7,2025-01-06T10:00:00,,,0.0,,1e+16\n")
    #expect(
      found.users == [
        #"{"user_id":1,"signup_date":"2025-01-01","plan":" Paid ","is_paid":1,"country":"NA","engagement_score":"0.50"}"#,
        #"{"user_id":"02","plan":"free","is_paid":1.0,"country":"a\"b,","marketing_source":"5","engagement_score":0.5}"#,
      ])
    #expect(
      found.events == [
        #"{"event_id":1,"user_id":7.0,"event_time":"2025-01-06T10:00:00","event_type":"login","course_id":"5","watch_minutes":"1e5","quiz_score":"-0","amount":100.0}"#,
        #"{"event_id":"+2","user_id":7,"event_time":"2025-01-06T10:00:00","watch_minutes":0.0,"amount":1e+16}"#,
      ])
  }

  @Test func columnsInAnyOrderComeInTheTopicsOrderAndOthersAreNamed() throws {
    let found = try imported(events: "x,event_type,event_time,user_id,event_id,\"y \"\"z\"\n9,login,2025-01-06,1,4,w\n")
    #expect(
      found.events == [
        #"{"event_id":4,"user_id":1,"event_time":"2025-01-06","event_type":"login","x":"9","y \"z":"w"}"#
      ])
    #expect(found.result.extraColumns.count == 1)
    #expect(found.result.extraColumns.first?.names == ["x", "y \"z"])
  }

  @Test func rowsWithoutAReadableTimeStayNextToTheOneBefore() throws {
    let times = [
      "never", "", "2025-01-08", "soon", "2025-01-06T10:00:00", "?", "2025-01-06T09:00:00Z", "2025-01-06T10:00:00",
      "2025-01-07",
    ]
    let rows = times.enumerated().map { "\($0),1,\($1),login,,,,\n" }.joined()
    let found = try imported(events: Self.eventHead + rows)
    let order = try found.events.map { try JSONValue(parsing: $0)["event_id"]!.intValue! }
    #expect(order == [6, 4, 5, 7, 8, 0, 1, 2, 3])
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func theOrderOfRowsIsByTimeAndThenAsInTheFile(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let rows = (0..<2000).map { id in
      let time = EventTime(secondsSinceEpoch: Int.random(in: -200...200, using: &random) * 3600)
      return (id, time)
    }
    let found = try imported(
      events: Self.eventHead + rows.map { "\($0.0),1,\($0.1),login,,,,\n" }.joined())
    let order = try found.events.map { try JSONValue(parsing: $0)["event_id"]!.intValue! }
    let isSame = order == rows.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
    #expect(isSame, "seed \(seed)")
    #expect(found.result.eventCount == 2000)
  }

  @Test func rowsThatAreNoProperCSVSayWhyAndWhere() throws {
    let found = try imported(
      events: Self.eventHead
        + "1,1,2025-01-06T10:00:00,login,,,,\n2,1,2025-01-05T10:00:00\n3,1,2025-01-05T10:00:00,login,,,,,extra\n"
        + "\"4\"x,1,2025-01-05T10:00:00,login,,,,\n   \n\n5,1,2025-01-07T10:00:00,login,,,,\n6,\"never closed\n")
    #expect(
      found.events == [
        #"{"event_id":1,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"login"}"#,
        #"{"malformed":"3 fields where the header has 8","line":3,"row":"2,1,2025-01-05T10:00:00"}"#,
        #"{"malformed":"9 fields where the header has 8","line":4,"row":"3,1,2025-01-05T10:00:00,login,,,,,extra"}"#,
        #"{"malformed":"text follows the closing quote of field 1","line":5,"row":"\"4\"x,1,2025-01-05T10:00:00,login,,,,"}"#,
        #"{"event_id":5,"user_id":1,"event_time":"2025-01-07T10:00:00","event_type":"login"}"#,
        #"{"malformed":"the quote that opens field 2 is never closed","line":9,"row":"6,\"never closed"}"#,
      ])
  }

  @Test func aByteOrderMarkAndCarriageReturnsChangeNothing() throws {
    let events = Self.eventHead + "1,1,2025-01-06T10:00:00,login,\"a\nb\",,,\n2,1,2025-01-06T10:00:00,login,,,,7.5\n"
    let plain = try imported(events: events)
    #expect(plain.events.count == 2)
    let windows = try imported(
      users: "\u{FEFF}" + Self.users.replacing("\n", with: "\r\n"),
      events: "\u{FEFF}"
        + events.replacing("\n", with: "\r\n").replacing("a\r\nb", with: "a\nb"))
    #expect(windows.events == plain.events)
    #expect(windows.users == plain.users)
    #expect(try imported(events: String(events.dropLast())).events == plain.events)
  }

  @Test func bytesThatAreNoTextAreKeptAndSaidOnce() throws {
    let found = try imported(
      events: Array("event_id,user_id,event_time,event_type,city\n1,1,2025-01-06,login,M".utf8) + [0xFC]
        + Array("nchen\n2,1,2025-01-06,".utf8) + [0xFF] + Array(",\n3,1,".utf8) + [0xFC] + Array("\n".utf8))
    #expect(
      found.events == [
        #"{"event_id":1,"user_id":1,"event_time":"2025-01-06","event_type":"login","city":{"bytes":"München"}}"#,
        #"{"event_id":2,"user_id":1,"event_time":"2025-01-06","event_type":{"bytes":"ÿ"}}"#,
        #"{"malformed":"3 fields where the header has 5; not UTF-8: byte 0xFC at byte 5 of the row","line":4,"row":{"bytes":"3,1,ü"}}"#,
      ])
    let warnings = found.result.warnings.filter { $0.contains("not UTF-8") }
    #expect(warnings.count == 1)
    #expect(warnings.first?.contains("2 rows are not UTF-8 (the first: line 2, \"city\": byte 0xFC at byte 2") == true)
  }

  @Test func columnsOfTheSameNameAreAllKeptAndNamed() throws {
    let found = try imported(
      events: "event_id,user_id,event_time,event_type,amount,amount,amount.1,,,event_id\n"
        + "1,1,2025-01-06,login,1.0,2.0,3,x,y,9\n")
    #expect(
      found.events == [
        #"{"event_id":1,"user_id":1,"event_time":"2025-01-06","event_type":"login","amount":1.0,"amount.2":"2.0","amount.1":"3","":"x",".1":"y","event_id.1":"9"}"#
      ])
    #expect(found.result.warnings.contains { $0.contains(#"column "amount" is named twice, as columns 5 and 6"#) })
    #expect(found.result.warnings.contains { $0.contains(#"kept as "event_id.1""#) })
    #expect(found.result.warnings.contains { $0.contains("column 8 (unnamed)") })
  }

  @Test func aHundredThousandColumnsAreReadOnce() throws {
    let names = (0..<50_000).map { "c\($0)" } + Array(repeating: "same", count: 50_000)
    let events =
      "event_id,user_id,event_time,event_type," + names.joined(separator: ",") + "\n1,1,2025-01-06,login,"
      + names.map { _ in "1" }.joined(separator: ",") + "\n"
    let found = try imported(events: events)
    #expect(found.result.extraColumns.first?.names.count == 100_000)
    #expect(found.events.first?.contains(#""same.49999":"1""#) == true)
    #expect(found.result.warnings.allSatisfy { $0.utf8.count < 4000 } && found.result.warnings.count < 12)
  }

  @Test func lineBreaksInQuotedNamesAreRead() throws {
    let found = try imported(
      events: "event_id,user_id,event_time,event_type,\"two\nlines\",\"old\rmac\"\n1,1,2025-01-06,login,a,b\n")
    #expect(found.events.first?.hasSuffix(#""two\nlines":"a","old\rmac":"b"}"#) == true)
    #expect(found.result.warnings.contains { $0.contains(#""two\nlines", "old\rmac" are extra columns"#) })
  }

  private static let head = "event_id,user_id,event_time,event_type"
  private static let strangeFiles: [([UInt8], String)] = [
    (Array("\(head)\r1,1,2025-01-06,login\r".utf8), "lines end in CR alone"),
    (Array("\(head)\r\r\n1,1,2025-01-06,login\r\r\n".utf8), "lines end in CR CR LF"),
    ([0xFF, 0xFE] + wide(head + "\r\n1"), "UTF-16; save it as UTF-8"),
    ([0xFE, 0xFF] + wide(head).flatMap { [$0] }.reversed(), "UTF-16; save it as UTF-8"),
    (wide(head + "\n1,1"), "iconv -f UTF-16LE"),
    ([0] + wide(head + ",x"), "UTF-16, without a byte order mark; save it as UTF-8 (iconv -f UTF-16BE"),
    ([UInt8](repeating: 0, count: 100), "NUL at byte 1"),
    (Array(head.replacing(",", with: ";").utf8), "separated by semicolons"),
    (Array(head.replacing(",", with: "\t").utf8), "separated by tabs"), ([0xEF, 0xBB, 0xBF], "the file is empty"),
    (Array("\n\r\n".utf8), "the file is empty"), (Array("PK\u{3}\u{4}\u{14}\n".utf8), "a ZIP archive"),
    (Array("event_id,na".utf8) + [0xEF] + Array("f\n".utf8), "byte 0xEF at byte 12, in column 2"),
    (Array("event_id,\"user_id,event_time\n".utf8), "a quote is never closed in column 2"),
    (
      Array("event_id\u{A0},user_id,,\u{FEFF}event_time\n".utf8),
      #"the first row names "event_id\u{00A0}", "user_id", column 3 (unnamed), "\u{FEFF}event_time""#
    ),
  ]

  private static func wide(_ text: String) -> [UInt8] { text.utf8.flatMap { [$0, 0] } }

  @Test(arguments: strangeFiles.indices)
  func aFileThatIsNoCSVIsNamedForWhatItIs(index: Int) {
    let (bytes, words) = Self.strangeFiles[index]
    let error = #expect(throws: ImportError.self) { try imported(events: bytes) }
    #expect(error?.problem.contains(words) == true, "\(error?.problem ?? "")")
  }

  @Test func compressedFilesAreReadAsTheyAre() throws {
    try withTemporaryFolder { folder in
      var job = GenerateJob(
        options: GeneratorOptions(userCount: 5, days: 5, startDay: 19_780, seed: 3), rawDirectory: folder,
        topicsDirectory: folder + "/generated", run: "r", spillPath: folder + "/spill")
      job.isCompressed = true
      _ = try job.perform()
      let result = try ImportJob(
        usersPath: folder + "/users.csv.gz", eventsPath: folder + "/events.csv.gz",
        topicsDirectory: folder + "/imported",
        run: "r", digest: "d", spillPath: folder + "/spill"
      ).perform()
      #expect(result.eventCount == 58)
      #expect(try messages("users.raw", in: folder + "/imported") == messages("users.raw", in: folder + "/generated"))
      // what is no video has no minutes where it was generated, and 0.0 in the file
      let stripped = try messages("events.raw", in: folder + "/imported").map {
        $0.replacing(#","watch_minutes":0.0"#, with: "")
      }
      #expect(try stripped == messages("events.raw", in: folder + "/generated"))
    }
  }

  @Test func rowsOfWhichNoneHasAReadableTimeAreKeptInFileOrder() throws {
    let found = try imported(events: Self.eventHead + "1,1,never,login,,,,\n2,1,,login,,,,\n")
    #expect(found.events.count == 2)
  }

  @Test func manyRowsBeforeTheFirstReadableTimeAreKept() throws {
    let rows = (0..<9000).map { "\($0),1,never,login,,,,\n" }.joined()
    let found = try imported(events: Self.eventHead + rows + "9000,1,2025-01-06,login,,,,\n")
    #expect(found.events.count == 9001)
  }

  @Test func aFileWithoutRowsGivesAnEmptyTopic() throws {
    let found = try imported(users: "user_id,signup_date,plan\n")
    #expect(found.users.isEmpty)
    #expect(found.events.isEmpty)
    #expect(found.result.topics.map(\.messageCount) == [0, 0])
    #expect(found.result.warnings.count { $0.contains("there is a header and no row behind it") } == 2)
  }

  @Test func anEmptyFileOrAMissingColumnIsAnErrorThatNamesTheFile() {
    var error = #expect(throws: ImportError.self) { try imported(users: "") }
    #expect(error?.path.hasSuffix("/users.csv") == true)
    error = #expect(throws: ImportError.self) { try imported(events: "event_id,user_id,when\n1,1,x\n") }
    #expect(error?.path.hasSuffix("/events.csv") == true)
    #expect(error?.problem.contains("event_time, event_type is missing") == true)
  }

  @Test func theMessySetIsImportedRowByRow() throws {
    let users = try Fixture.text("messy/raw/users.csv")
    let events = try Fixture.text("messy/raw/events.csv")
    let found = try imported(users: users, events: events)
    #expect(found.users.count == users.split(separator: "\n").count - 1)
    #expect(found.events.count == events.split(separator: "\n").count - 1)
    for line in found.events { #expect(throws: Never.self) { try JSONValue(parsing: line) } }
  }
}
