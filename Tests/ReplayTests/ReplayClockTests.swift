import Records
import Replay
import TestSupport
import Testing

struct ReplayClockTests {
  private let start = EventTime("2025-01-06")!

  @Test func goesByItsAnchorAndItsSlope() {
    let clock = ReplayClock(anchor: ReplayInstant(start), at: 5_000_000_000, factor: 86_400)
    #expect(clock.time(at: 5_000_000_000) == start)
    #expect(clock.time(at: 6_000_000_000) == EventTime("2025-01-07"))
    #expect(clock.time(at: 5_500_000_000) == EventTime("2025-01-06T12:00:00"))
    #expect(clock.time(at: 4_000_000_000) == EventTime("2025-01-05"))
    #expect(clock.nanoseconds(of: EventTime("2025-01-08")!) == 7_000_000_000)
    // half a second is not a second yet
    let real = ReplayClock(anchor: ReplayInstant(start), at: 0, factor: 1)
    #expect(real.time(at: 999_999_999) == start)
    #expect(real.time(at: 1_000_000_000).secondsSinceEpoch == start.secondsSinceEpoch + 1)
  }

  @Test func goesOnFromTheFractionOfASecond() {
    let clock = ReplayClock(anchor: ReplayInstant(start, fraction: 0.75), at: 0, factor: 1)
    #expect(clock.time(at: 249_999_999) == start)
    #expect(clock.time(at: 250_000_001).secondsSinceEpoch == start.secondsSinceEpoch + 1)
    #expect(clock.nanoseconds(of: EventTime(secondsSinceEpoch: start.secondsSinceEpoch + 1)) == 250_000_000)
    let before = ReplayInstant(start).advanced(bySeconds: -0.25)
    #expect(before.time.secondsSinceEpoch == start.secondsSinceEpoch - 1)
    #expect(before.fraction == 0.75)
    #expect(ReplayInstant(start).seconds(since: before) == 0.25)
  }

  @Test(arguments: [1.0, 60, 0.5, 86_400, 3601, 0.1, 7.3, 1e6] as [Double])
  func aTimeIsReachedAtItsMomentAndNotBefore(factor: Double) {
    var random = SeededRandom(seed: 4)
    let anchor = 123_456_789_123
    let clock = ReplayClock(anchor: ReplayInstant(start), at: anchor, factor: factor)
    for _ in 0..<3000 {
      let second = Int.random(in: 0...(40 * 86_400), using: &random)
      let time = EventTime(secondsSinceEpoch: start.secondsSinceEpoch + second)
      let moment = clock.nanoseconds(of: time)
      // at most the rounding of a double's 53 bits away
      let slack = max(2, (moment - anchor) >> 50)
      guard clock.time(at: moment + slack) >= time, clock.time(at: moment - slack - Int(1e9 / factor)) < time else {
        Issue.record("factor \(factor), \(second) s: moment \(moment)")
        return
      }
    }
  }

  @Test func momentsFarAwayAreClampedOnBothSides() {
    let clock = ReplayClock(anchor: ReplayInstant(start), at: 0, factor: 1e-6)
    #expect(clock.nanoseconds(of: EventTime("9999-12-31")!) == 4_000_000_000_000_000_000)
    #expect(clock.nanoseconds(of: EventTime("0001-01-01")!) == -4_000_000_000_000_000_000)
  }
}
