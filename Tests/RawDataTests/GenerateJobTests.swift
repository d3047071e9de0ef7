import Foundation
import Generator
import OutputFiles
import RawData
import Records
import TestSupport
import Testing
import TopicLog

struct GenerateJobTests {
  private static let small = GeneratorOptions(userCount: 40, days: 30, seed: 7)
  private static let leap = GeneratorOptions(userCount: 5, days: 5, startDay: 19_780, seed: 3)

  private func generate(_ options: GeneratorOptions, in folder: String, compressed: Bool = false) throws
    -> GenerateJob.Result
  {
    var job = GenerateJob(
      options: options, rawDirectory: folder, topicsDirectory: folder, run: "r", spillPath: folder + "/spill")
    job.isCompressed = compressed
    return try job.perform()
  }

  @Test(arguments: [
    (
      "small", small, "525003b4a3fe7c6555acd1ca1904c70e3de90cc37361272b72a39b0ada5ff5de",
      "2675d5c62367f5f12e9809297d21d676429354f30304f1ec3702188fb8456718"
    ),
    (
      "leap", leap, "c19ae0e88a8ae35fa2171251c99252a145d25f24329d4bd215ca709436d57bcb",
      "6f4640a4c569e9751014b09af87dc9a5adc66d1d7d1f6abee329c1bccb87af2e"
    ),
  ])
  func givesTheFilesOfTheCoursesGenerator(name: String, options: GeneratorOptions, users: String, events: String) throws
  {
    try withTemporaryFolder { folder in
      let result = try generate(options, in: folder)
      #expect(result.files.map(\.sha256) == [users, events])
      for file in ["users.csv", "events.csv"] {
        let isSame =
          try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8) == Fixture.text("\(name)/raw/\(file)")
        #expect(isSame, "\(file)")
      }
      #expect(result.userCount == options.userCount)
      #expect(!FileManager.default.fileExists(atPath: folder + "/spill"))
    }
  }

  @Test(arguments: [("small", small), ("leap", leap)])
  func itsTopicsHoldWhatTheFilesHoldInOrderOfTime(name: String, options: GeneratorOptions) throws {
    try withTemporaryFolder { folder in
      let result = try generate(options, in: folder)
      let rows = try Fixture.text("\(name)/raw/events.csv").split(separator: "\n").dropFirst().map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
      let sorted = rows.enumerated().sorted { ($0.element[2], $0.offset) < ($1.element[2], $1.offset) }.map(\.element)
      let expected = sorted.map { row in
        var message =
          #"{"event_id":\#(row[0]),"user_id":\#(row[1]),"event_time":"\#(row[2])","event_type":"\#(row[3])""#
        if !row[4].isEmpty { message += #","course_id":"\#(row[4])""# }
        if row[3] == "video_watch" { message += #","watch_minutes":\#(row[5])"# }
        if !row[6].isEmpty { message += #","quiz_score":\#(row[6])"# }
        if !row[7].isEmpty { message += #","amount":\#(row[7])"# }
        return message + "}"
      }
      let found = try messages("events.raw", in: folder)
      let isSame = found == expected
      #expect(isSame)
      #expect(result.topics.map(\.messageCount) == [options.userCount, rows.count])
      #expect(result.eventCount == rows.count)
      #expect(try messages("users.raw", in: folder).count == options.userCount)
      #expect(
        try messages("users.raw", in: folder).first?.hasPrefix(#"{"user_id":1,"signup_date":"2"#) == true)
    }
  }

  @Test func compressedFilesHoldTheSame() throws {
    try withTemporaryFolder { folder in
      let result = try generate(Self.leap, in: folder, compressed: true)
      #expect(result.files.map { $0.path.hasSuffix(".csv.gz") } == [true, true])
      #expect(result.files.map(\.contentBytes) == [315, 3300])
    }
  }

  @Test func filesOrTopicsAloneAreTheSame() throws {
    try withTemporaryFolder { folder in
      _ = try generate(Self.leap, in: folder)
      let topicsOnly = folder + "/topics"
      _ = try GenerateJob(
        options: Self.leap, rawDirectory: nil, topicsDirectory: topicsOnly, run: "r", spillPath: folder + "/spill"
      ).perform()
      #expect(try messages("events.raw", in: topicsOnly) == messages("events.raw", in: folder))
      let filesOnly = folder + "/files"
      try createDirectories(filesOnly)
      let result = try GenerateJob(
        options: Self.leap, rawDirectory: filesOnly, topicsDirectory: nil, run: "r", spillPath: folder + "/spill"
      ).perform()
      #expect(result.topics.isEmpty)
      #expect(result.files.count == 2)
    }
  }

  @Test func eachDayHasASegmentOfItsOwn() throws {
    try withTemporaryFolder { folder in
      _ = try generate(Self.leap, in: folder)
      let segments = try FileManager.default.contentsOfDirectory(atPath: folder + "/events.raw").filter {
        $0.hasSuffix(".jsonl")
      }
      let days = Set(try messages("events.raw", in: folder).compactMap { $0.firstMatch(of: /event_time":"(.{10})/)?.1 })
      #expect(segments.count == days.count)
      #expect(days.contains("2024-02-29"))
    }
  }

  @Test func optionsThatContradictThemselvesAreAnError() {
    #expect(throws: GeneratorOptionsError.self) {
      try GenerateJob(
        options: GeneratorOptions(userCount: 0), rawDirectory: nil, topicsDirectory: nil, run: "r",
        spillPath: "/nowhere"
      ).perform()
    }
  }
}
