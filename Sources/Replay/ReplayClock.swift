import Records

/// Simulated time as a function of wall time: one anchor and a slope, never a sum of sleeps.
public struct ReplayClock: Equatable, Sendable {
  private let anchor: EventTime
  private let anchorNanoseconds: Int
  private let factor: Double

  /// - Parameters:
  ///   - anchor: The simulated time at `nanoseconds` of the wall clock.
  ///   - factor: Simulated seconds per second.
  public init(anchor: EventTime, at nanoseconds: Int, factor: Double) {
    self.anchor = anchor
    anchorNanoseconds = nanoseconds
    self.factor = factor
  }

  /// The simulated time at a moment of the wall clock, the fraction of a second dropped.
  public func time(at nanoseconds: Int) -> EventTime {
    let elapsed = (Double(nanoseconds - anchorNanoseconds) / 1e9 * factor).rounded(.down)
    return EventTime(secondsSinceEpoch: anchor.secondsSinceEpoch + Int(max(-1e15, min(1e15, elapsed))))
  }

  /// The moment of the wall clock, in nanoseconds, at which simulated time reaches `time`.
  public func nanoseconds(of time: EventTime) -> Int {
    let simulated = Double(time.secondsSinceEpoch - anchor.secondsSinceEpoch)
    return anchorNanoseconds + Int(max(-4e18, min(4e18, (simulated / factor * 1e9).rounded(.up))))
  }
}
