import Records
import Replay
import Testing

@testable import daylapse

struct ShortfallTests {
  /// Ten seconds at a day a second, of which the replay made so many days.
  private func pace(days: Double, seconds: Int = 10, factor: Double? = 86_400) -> PaceMeter {
    var pace = PaceMeter()
    let start = ReplayInstant(EventTime("2025-01-01")!)
    pace.note(start, at: 0, segment: 1, factor: factor)
    pace.note(start.advanced(bySeconds: days * 86_400), at: seconds * 1_000_000_000, segment: 1, factor: factor)
    return pace
  }

  @Test func aReplayThatKeptUpHasNone() {
    #expect(Shortfall(pace(days: 10)) == nil)
    #expect(Shortfall(pace(days: 9.9)) == nil)
    #expect(Shortfall(PaceMeter()) == nil)
  }

  @Test func oneThatDidNotIsTold() throws {
    let shortfall = try #require(Shortfall(pace(days: 8)))
    #expect(shortfall.description == "the machine did not keep up: 0.80d/s in place of 1.00d/s")
    #expect(Shortfall(shortfall.json) == shortfall)
  }

  @Test func atFullSpeedThereIsNothingToKeepUpWith() {
    #expect(Shortfall(pace(days: 8, factor: nil)) == nil)
  }
}
