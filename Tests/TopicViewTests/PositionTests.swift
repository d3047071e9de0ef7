import Records
import Testing

@testable import TopicView

struct PositionTests {
  @Test func readsWhereToBegin() {
    #expect(StartPosition("beginning") == .beginning)
    #expect(StartPosition("now") == .now)
    #expect(StartPosition("end") == .now)
    #expect(StartPosition("0") == .offset(0))
    #expect(StartPosition("4589") == .offset(4589))
    #expect(StartPosition("-10") == .last(10))
    #expect(StartPosition("-0") == .last(0))
    #expect(StartPosition("2025-02-01") == .time(EventTime("2025-02-01T00:00:00")!))
    #expect(StartPosition("2025-02-01T06:00") == .time(EventTime("2025-02-01T06:00:00")!))
    for text in ["", "yesterday", "2025-02-30", "1.5", "--1", "99999999999999999999", "9223372036854775807"] {
      #expect(StartPosition(text) == nil)
    }
  }

  @Test func readsWhereToStop() {
    #expect(EndPosition("10") == .offset(10))
    #expect(EndPosition("2025-02-01") == .time(EventTime("2025-02-01T00:00:00")!))
    for text in ["", "-1", "now"] { #expect(EndPosition(text) == nil) }
  }

  @Test func findsTheOffsetInATopic() {
    func offset(_ start: StartPosition) -> Int { start.offset(first: 5, next: 100, at: { _ in 42 }) }
    #expect(offset(.beginning) == 5)
    #expect(offset(.now) == 100)
    #expect(offset(.offset(50)) == 50)
    #expect(offset(.offset(1)) == 5)
    #expect(offset(.offset(200)) == 200)
    #expect(offset(.last(10)) == 90)
    #expect(offset(.last(1000)) == 5)
    #expect(offset(.time(EventTime("2025-02-01")!)) == 42)
  }
}
