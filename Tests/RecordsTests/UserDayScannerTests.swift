import Records
import Testing

struct UserDayScannerTests {
  private func scan(_ line: String) -> (user: Int, day: Int32, isEmpty: Bool, measures: [String])? {
    var scanner = UserDayScanner()
    return Array((line + "\n").utf8).withUnsafeBytes { bytes in
      let span = ByteSpan(bytes)!
      guard scanner.scan(span.start, span.start + span.count) != nil else { return nil }
      let row = scanner.row
      return (row.userID, row.day, row.isEmpty, row.isEmpty ? [] : row.measures.map(\.string))
    }
  }

  @Test func readsPlainAndOtherFormsAlike() throws {
    let forms = [
      #"{"user_id":7,"as_of_date":"2025-01-06","pane":"late","revision":3,"total_events":2,"quiz_avg_score":5.5}"#,
      #"{ "quiz_avg_score":5.5,"total_events":2,"revision":3,"as_of_date":"2025-01-06","user_id":7,"pane":"l\u0061te"}"#,
    ]
    for form in forms {
      let row = try #require(scan(form))
      #expect(row.user == 7)
      #expect(row.day == CivilDate("2025-01-06")?.daysSinceEpoch)
      #expect(!row.isEmpty)
      #expect(row.measures == ["2", "", "", "", "", "5.5", "", "", ""])
    }
    #expect(scan(#"{"user_id":-7,"as_of_date":"2025-01-06","pane":"on_time","revision":0}"#)?.isEmpty == true)
    #expect(scan(#"{"user_id":7,"as_of_date":"2025-01-06","pane":"on_time","revision":0}"#)?.isEmpty == true)
  }

  @Test func readsSumsThatWentOutOfBounds() throws {
    let row = try #require(
      scan(
        #"{"user_id":7,"as_of_date":"2025-01-06","pane":"on_time","revision":0,"total_events":2,"watch_minutes_sum":"-inf","#
          + #""quiz_avg_score":"nan"}"#))
    #expect(row.measures == ["2", "", "", "-inf", "", "nan", "", "", ""])
  }

  @Test(arguments: [
    "", "{}", #"{"user_id":7,"as_of_date":"2025-01-06","pane":"on_time"}"#,
    #"{"user_id":7,"as_of_date":"2025-01-06","revision":0}"#,
    #"{"user_id":7,"as_of_date":"2025-13-06","pane":"on_time","revision":0}"#,
    #"{"user_id":"7","as_of_date":"2025-01-06","pane":"on_time","revision":0}"#,
    "{\"user_id\":7,\"as_of_date\":\"\0\0\0\0\0\0\0\0\0\0\",\"pane\":\"on_time\",\"revision\":0}",
  ])
  func refusesWhatIsNoUserDay(line: String) {
    #expect(scan(line) == nil)
  }
}
