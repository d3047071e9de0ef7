import Records
import Testing

@testable import daylapse

struct MessageCheckTests {
  private func kinds(
    _ topic: String, _ messages: [String], promisesOrder: Bool = true, mayLackRevisions: Bool = false
  ) -> [String?] {
    var check = MessageCheck(
      schema: TopicCatalogue.schema(of: topic), promisesOrder: promisesOrder, mayLackRevisions: mayLackRevisions)
    return messages.enumerated().map { offset, message in
      Array(message.utf8).withUnsafeBytes { check.add($0, at: offset)?.kind }
    }
  }

  private func day(_ user: Int, _ date: String, _ revision: Int, pane: String = "on_time") -> String {
    #"{"user_id":\#(user),"as_of_date":"\#(date)","pane":"\#(pane)","revision":\#(revision)}"#
  }

  @Test func eventsComeInTheOrderOfTheirTimeWhereThatIsPromised() {
    let events = ["2025-01-02", "soon", "2025-01-02", "2025-01-01", "2025-01-03"].map { #"{"event_time":"\#($0)"}"# }
    #expect(kinds("events.raw", events) == [nil, nil, nil, "order", nil])
    #expect(kinds("events.raw", events, promisesOrder: false) == [nil, nil, nil, nil, nil])
  }

  @Test func revisionsOfADayCountFromZero() {
    let rows = [day(1, "2025-01-01", 0, pane: "early"), day(2, "2025-01-01", 1), day(1, "2025-01-01", 1)]
    #expect(kinds("user.daily", rows) == [nil, "revision", nil])
    #expect(kinds("user.daily", rows, mayLackRevisions: true) == [nil, nil, nil])
    #expect(kinds("user.daily", [rows[2], rows[0]], mayLackRevisions: true) == [nil, "revision"])
  }

  @Test func daysCloseOneAfterTheOtherAndCorrectionsComeLate() {
    let rows = [
      day(1, "2025-01-01", 0), day(1, "2025-01-02", 0), day(1, "2025-01-01", 1, pane: "late"), day(2, "2025-01-01", 0),
    ]
    #expect(kinds("user.daily", rows) == [nil, nil, nil, "order"])
  }

  @Test func aMessageThatTheSchemaDoesNotAllowIsNamed() {
    #expect(kinds("users.clean", ["{}", "[", "7"]) == ["message", "message", "message"])
    #expect(kinds("somebody.elses", ["{}", "[", "7"]) == [nil, "message", nil])
  }
}
