import CSVText
import Foundation
import Generator
import OutputFiles
import Records
import TestSupport
import Testing
import TopicLog

@testable import RawData

struct ExportJobTests {
  private static let users = "user_id,signup_date,plan\n1,2025-01-01,free\n"
  private static let eventHead = "event_id,user_id,event_time,event_type,course_id,watch_minutes,quiz_score,amount\n"

  private struct RoundTrip {
    var before: [String]
    var after: [String]
    var text: [UInt8]
    var results: [ExportJob.Result]
  }

  /// Imports, exports and imports again; gives the messages of a topic before and after, and the file between.
  private func roundTrip(
    users: String = ExportJobTests.users, events: [UInt8], topic: RawTopic = .events, isCompressed: Bool = false
  ) throws -> RoundTrip {
    try withTemporaryFolder { folder in
      try write(users, to: folder + "/users.csv")
      try Data(events).write(to: URL(filePath: folder + "/events.csv"))
      try importFiles(folder + "/users.csv", folder + "/events.csv", to: folder + "/one")
      let ending = isCompressed ? ".csv.gz" : ".csv"
      var results: [ExportJob.Result] = []
      for (raw, name) in [(RawTopic.users, "users"), (.events, "events")] {
        results.append(
          try ExportJob(
            topic: raw.rawValue, directory: "\(folder)/one/\(raw.rawValue)", outputPath: "\(folder)/\(name)2\(ending)",
            isCompressed: isCompressed
          ).perform())
      }
      try importFiles("\(folder)/users2\(ending)", "\(folder)/events2\(ending)", to: folder + "/two")
      return RoundTrip(
        before: try messages(topic.rawValue, in: folder + "/one").map(Self.withoutPlace),
        after: try messages(topic.rawValue, in: folder + "/two").map(Self.withoutPlace),
        text: [UInt8](try Data(contentsOf: URL(filePath: results[topic == .users ? 0 : 1].file.path))),
        results: results)
    }
  }

  /// A message without what a row that could not be taken apart says of its file.
  private static func withoutPlace(_ message: String) throws -> String {
    guard let row = BrokenRow(try JSONValue(parsing: message)) else { return message }
    return "\(row.part ?? 0) \(row.row)"
  }

  private func importFiles(_ users: String, _ events: String, to folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    _ = try ImportJob(
      usersPath: users, eventsPath: events, topicsDirectory: folder, run: "r", digest: "d", spillPath: folder + "/spill"
    ).perform()
  }

  private func checkEvents(_ text: String, _ comment: Comment? = nil) throws {
    let trip = try roundTrip(events: Array(text.utf8))
    #expect(trip.before == trip.after, comment)
    #expect(trip.results.allSatisfy { $0.changedCount == 0 }, comment)
  }

  @Test func aFileInTheTopicsOrderComesBackByteForByte() throws {
    let text =
      Self.eventHead
      + "1,7.0,2025-01-06T10:00:00,login,\"a,\"\"b\",1e5,-0,100.0\n2, 7,2025-01-06T10:00:00,,,0.0,,1e+16\n"
      + "2,x\n7,7,soon,login,,,,\n"
    let trip = try roundTrip(events: Array(text.utf8))
    #expect(String(decoding: trip.text, as: UTF8.self) == text)
    #expect(trip.before == trip.after)
  }

  @Test func eventsComeInTheOrderOfTheirTime() throws {
    let late = "1,7,2025-01-07T10:00:00,login,,,,\n"
    let early = "2,7,2025-01-06T10:00:00,login,,,,\n"
    let trip = try roundTrip(events: Array((Self.eventHead + late + early).utf8))
    #expect(String(decoding: trip.text, as: UTF8.self) == Self.eventHead + early + late)
    #expect(trip.before == trip.after)
  }

  @Test(arguments: [
    "event_id,user_id,event_time,event_type\n1,2,2025-01-06,login\n1,2,2025-01-06,login,x\n1,2,2025-01-06,login,,,,\n",
    "x,event_type,event_time,user_id,event_id,y\n,login,2025-01-06,1,4,b\na,login,2025-01-06,1,4,\n1,2,3,4,5,6,7,8\n",
    "event_id,user_id,event_time,event_type,course_id,watch_minutes,quiz_score,amount,none\n"
      + "1,2,2025-01-06,login,a,1.0,2.0,3.0,\n1,2,2025-01-06,login,a,1.0,2.0,3.0\n",
    eventHead + "\"open,1,2025-01-06,login,,,,\n",
    eventHead + "1,2,2025-01-08,login,\"a,b\",,,\n1,2,2025-01-06,login,,,,\n3,4,2025-01-06,login,\"open,,,\n",
    eventHead + "1,\"2\"x,2025-01-06,login,\"a\nb\",,,\n",
    eventHead + "1,2,2025-01-06,login,\"a\r\",\"\r\n\",,\n1,2\r\r\n",
    eventHead + ",,,,,,,\nNA,NA,NA,NA,NA,NA,NA,NA\n", eventHead,
  ])
  func importExportImportLosesNothing(text: String) throws { try checkEvents(text, "\(text)") }

  @Test func bytesThatAreNoTextComeBackAsTheyWere() throws {
    let row = Array("1,2,2025-01-06,login,".utf8) + [0xC3, 0x28] + Array(",1.0,2.0,3.0\n".utf8)
    let short = Array("1,2,2025-01-06,".utf8) + [0xFF, 0x0A]
    let quoted = Array("1,2,2025-01-06,login,\"".utf8) + [0xFC] + Array("\"\",\r\n\",,,\n".utf8)
    let text = Array(Self.eventHead.utf8) + row + short + row + quoted
    let trip = try roundTrip(events: text)
    #expect(trip.before.count == 4 && trip.before == trip.after)
    #expect(trip.text == text && trip.results[1].changedCount == 0)
  }

  @Test func aLineThatIsTooLongComesBackWhole() throws {
    let long = [UInt8](repeating: UInt8(ascii: "x"), count: 16 << 20 | 5)
    let text =
      Array((Self.eventHead + "1,2,2025-01-06,login,,,,\n3,").utf8) + long
      + Array("\n4,2,2025-01-06,login,,,,\n".utf8)
    let trip = try roundTrip(events: text)
    #expect(trip.before.count == 4 && trip.before == trip.after)
    #expect(trip.text == text && trip.results[1].changedCount == 0)
  }

  @Test func columnsOfTheSameNameComeBackWithTheirValues() throws {
    let trip = try roundTrip(
      events: Array("event_id,user_id,event_time,event_type,x,x,,\n1,2,2025-01-06,login,a,b,c,d\n".utf8))
    #expect(trip.before == trip.after && trip.results[1].changedCount == 0)
    #expect(String(decoding: trip.text, as: UTF8.self).hasSuffix(",x,x.1,,.1\n1,2,2025-01-06,login,,,,,a,b,c,d\n"))
  }

  @Test func usersComeBackInTheirOrder() throws {
    let users =
      "user_id,signup_date,plan,is_paid,country,marketing_source,engagement_score,since\n"
      + "9,2025-01-01, Paid ,1,NA,,0.50,1\n1,,free,1.0,\"a\"\"b,\",5,0.5,\n7,2025-01-01\n"
    let trip = try roundTrip(users: users, events: Array(Self.eventHead.utf8), topic: .users)
    #expect(trip.before == trip.after && String(decoding: trip.text, as: UTF8.self) == users)
  }

  @Test func compressedFilesAreTheSame() throws {
    let text = Self.eventHead + "1,7,2025-01-06T10:00:00,login,,,,\n"
    let trip = try roundTrip(events: Array(text.utf8), isCompressed: true)
    #expect(trip.text.prefix(2) == [0x1f, 0x8b] && trip.before == trip.after)
  }

  @Test func roughFilesLoseNothing() throws {
    var random = SeededRandom(seed: 11)
    let cells = [
      "", "1", "7.0", " 7", "2025-01-06T10:00:00", "2025-01-05 09:00", "2025-01-07", "NA", "\"a,b\"", "\"q\"\"q\"",
      "\"line\nfeed\"", "x\"y", "\"half\"way", "é", "\r", "1e5", "0.10", "-0.0", "login", "\t",
    ]
    for round in 0..<150 {
      let width = random.pick([4, 8, 8, 9])
      let header =
        ([
          "event_id", "user_id", "event_time", "event_type", "course_id", "watch_minutes", "quiz_score",
          "amount", "more",
        ]).prefix(width).joined(separator: ",")
      var text = header + "\n"
      for _ in 0..<random.pick([1, 5, 20]) {
        let count = random.chance(6) ? random.pick([3, 4, 7, 8, 9, 10]) : width
        text += (0..<count).map { _ in random.pick(cells) }.joined(separator: ",") + random.pick(["\n", "\n", "\r\n"])
      }
      if random.chance(4) { text += "1,\"open" + random.pick(["", ",2"]) + random.pick(["", "\n"]) }
      let trip = try roundTrip(events: Array(text.utf8))
      // a quote that is never closed cannot keep its place where others of its time have quotes as well
      if trip.results[1].changedCount == 0 {
        #expect(trip.before == trip.after, "round \(round): \(text)")
      } else {
        #expect(text.contains("\"open"), "round \(round): \(text)")
      }
    }
  }

  @Test func generatedTopicsLoseNothing() throws {
    try withTemporaryFolder { folder in
      let options = GeneratorOptions(userCount: 20, days: 10)
      _ = try GenerateJob(
        options: options, rawDirectory: nil, topicsDirectory: folder, run: "r", spillPath: folder + "/spill"
      ).perform()
      for (topic, name) in [("users.raw", "users"), ("events.raw", "events")] {
        let result = try ExportJob(
          topic: topic, directory: "\(folder)/\(topic)", outputPath: "\(folder)/\(name).csv", isCompressed: false
        ).perform()
        #expect(result.changedCount == 0)
      }
      try importFiles(folder + "/users.csv", folder + "/events.csv", to: folder + "/two")
      for topic in ["users.raw", "events.raw"] {
        #expect(try messages(topic, in: folder) == messages(topic, in: folder + "/two"))
      }
    }
  }

  /// Exports a topic made by hand.
  private func exported(_ topic: String, _ lines: [String]) throws -> (text: String, result: ExportJob.Result) {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(atPath: folder + "/topic", withIntermediateDirectories: true)
      try write(lines.map { $0 + "\n" }.joined(), to: folder + "/topic/00000000000000000000.jsonl")
      let result = try ExportJob(
        topic: topic, directory: folder + "/topic", outputPath: folder + "/t.csv", isCompressed: false
      ).perform()
      return (try String(contentsOfFile: folder + "/t.csv", encoding: .utf8), result)
    }
  }

  @Test func otherTopicsHaveTheirSchemasColumnsAndThenThoseFirstSeen() throws {
    let known = try exported(
      "user.daily",
      [
        #"{"user_id":1,"as_of_date":"2025-01-01","pane":"on_time","revision":0,"more":true,"logins_count":2}"#,
        #"{"user_id":2,"as_of_date":"2025-01-01","pane":"on_time","revision":0,"note":"a,b","total_events":1,"x":null}"#,
      ])
    #expect(
      known.text == "user_id,as_of_date,pane,revision,total_events,logins_count,more,note,x\n"
        + "1,2025-01-01,on_time,0,,2,true,,\n2,2025-01-01,on_time,0,1,,,\"a,b\",\n")
    let other = try exported("mine", [#"{"b":1}"#, #"{"a":[1],"b":2}"#, "{}"])
    #expect(other.text == "b,a\n1,\n2,[1]\n,\n")
  }

  @Test func messagesThatAreNoObjectsAreNamed() {
    #expect(throws: ExportError(topic: "mine", offset: 1, problem: "expected an object with fields, found 7")) {
      try exported("mine", ["{}", "7"])
    }
  }

  @Test func whatAFileCannotGiveBackIsCounted() throws {
    let time = #""event_time":"2025-01-06""#
    let found = try exported(
      "events.raw", [#"{"event_id":"7",\#(time)}"#, #"{"event_id":7,\#(time)}"#, #"{"event_time":"2025-01-05"}"#])
    #expect(found.result.changedCount == 2 && found.result.firstChanged?.offset == 0)
  }
}
