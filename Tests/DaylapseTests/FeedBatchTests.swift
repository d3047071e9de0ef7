import Records
import Testing
import TopicView

@testable import daylapse

struct FeedBatchTests {
  private let lines = (1...5).map { "{\"event_time\":\"2025-01-0\($0)\"}\n" }

  private func left(before time: String, _ lines: [String]) -> (offset: Int, lines: String) {
    Array(lines.joined().utf8).withUnsafeBytes { bytes in
      var batch = FeedBatch(
        place: MessagePlace(topic: "t", run: "r", offset: 10), count: lines.count, lines: bytes, watermark: nil,
        isEnd: false)
      batch.leaveOut(before: EventTime(time)!) { EventTimeField.eventTime.read($0) }
      #expect(batch.count == batch.lines.count { $0 == 0x0A })
      return (batch.place.offset, String(decoding: batch.lines, as: UTF8.self))
    }
  }

  @Test func leavesOutWhatIsBeforeATime() {
    #expect(left(before: "2025-01-01", lines) == (10, lines.joined()))
    #expect(left(before: "2025-01-03T06:00", lines) == (13, lines[3...].joined()))
    #expect(left(before: "2025-02-01", lines) == (15, ""))
  }

  @Test func whatFollowsTheFirstOneStays() {
    let mixed = ["no JSON\n", lines[3], lines[0], "no JSON\n"]
    #expect(left(before: "2025-01-02", mixed) == (11, mixed[1...].joined()))
  }
}
