import Records
import Replay
import Testing

struct PaceMeterTests {
  private let start = ReplayInstant(EventTime("2025-01-06")!)
  private let second = 1_000_000_000

  @Test func measuresWhatRanAndLeavesOutLeapsAndPauses() {
    var meter = PaceMeter()
    #expect(meter.mean == nil)
    meter.note(start, at: 0, segment: 1)
    meter.note(start.advanced(bySeconds: 100), at: second, segment: 1)
    #expect(meter.present == 100)
    // a leap
    meter.note(start.advanced(bySeconds: 5000), at: second, segment: 2)
    #expect(meter.present == nil)
    meter.note(start.advanced(bySeconds: 5300), at: 2 * second, segment: 2)
    #expect(meter.present == 300)
    #expect(meter.mean == 200)
    // a pause
    meter.note(start.advanced(bySeconds: 5300), at: 2 * second, segment: nil)
    meter.note(start.advanced(bySeconds: 5300), at: 60 * second, segment: 2)
    meter.note(start.advanced(bySeconds: 5600), at: 62 * second, segment: 2)
    #expect(meter.present == 150)
    #expect(meter.mean == 175)
  }

  @Test func thePresentSpeedIsThatOfTheLastSecond() {
    var meter = PaceMeter()
    for tenth in 0...10 { meter.note(start.advanced(bySeconds: Double(tenth)), at: tenth * second / 10, segment: 0) }
    #expect(meter.present == 10)
    for tenth in 1...9 { meter.note(start.advanced(bySeconds: 10), at: second + tenth * second / 10, segment: 0) }
    #expect(meter.present == 10)
    meter.note(start.advanced(bySeconds: 10), at: 2 * second, segment: 0)
    #expect(meter.present == 0)
  }
}
