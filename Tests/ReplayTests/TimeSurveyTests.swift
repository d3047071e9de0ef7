import Records
import TestSupport
import Testing
import TopicLog

@testable import Replay

struct TimeSurveyTests {
  private func survey(_ values: [String]) throws -> TimeSurvey {
    try withTemporaryFolder { folder in
      let field = TimeField("t")
      let writer = try TopicWriter(
        directory: folder + "/mine", identity: TopicIdentity(name: "mine", run: "r", digest: "d"), mode: .create,
        timeOf: field.timeOf)
      for value in values {
        try Array("{\"t\":\(value)}\n".utf8).withUnsafeBytes {
          try writer.append($0, count: 1, maxTime: field.timeOf(UnsafeRawBufferPointer(rebasing: $0.dropLast())))
        }
      }
      try writer.seal()
      try writer.close()
      let reader = try TopicReader(directory: folder + "/mine", timeOf: field.timeOf)
      return try TimeSurvey(of: reader, offsets: 0..<values.count, timeOf: field.timeOf, field: field)
    }
  }

  @Test func countsWhatCannotBeReadAndNamesTheFirst() throws {
    let survey = try survey(["\"2025-01-01\"", "\"soon\"", "\"2025-01-02\"", "7"])
    #expect(survey.count == 4 && survey.untimedCount == 2 && survey.hasTimes && survey.firstDisorder == nil)
    #expect(survey.firstUntimed?.description == "offset 1 has \"soon\"")
  }

  @Test func namesTheFirstMessageThatIsOutOfOrder() throws {
    let survey = try survey(["\"2025-01-02\"", "\"2025-01-05\"", "\"2025-01-05\"", "\"2025-01-03\"", "\"2025-01-04\""])
    #expect(survey.disorderCount == 2)
    #expect(
      survey.firstDisorder == .init(offset: 3, time: EventTime("2025-01-03")!, before: EventTime("2025-01-05")!))
  }

  @Test func withoutTimesThereIsNoOrder() throws {
    let survey = try survey(["1433221332", "1433221331"])
    #expect(
      !survey.hasTimes && survey.firstDisorder == nil && survey.firstUntimed?.description == "offset 0 has 1433221332")
  }
}
