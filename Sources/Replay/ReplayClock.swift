import Records

/// A point of simulated time, fractions of a second included.
public struct ReplayInstant: Equatable, Comparable, Sendable {
  public var time: EventTime
  /// What has gone by of the second that began at ``time``: from 0 up to 1.
  public var fraction: Double

  public init(_ time: EventTime, fraction: Double = 0) {
    self.time = time
    self.fraction = fraction
  }

  public static func < (left: ReplayInstant, right: ReplayInstant) -> Bool {
    (left.time, left.fraction) < (right.time, right.fraction)
  }

  /// The simulated seconds from another instant to this one.
  public func seconds(since other: ReplayInstant) -> Double {
    Double(time.secondsSinceEpoch - other.time.secondsSinceEpoch) + (fraction - other.fraction)
  }

  /// The instant so many simulated seconds later.
  public func advanced(bySeconds seconds: Double) -> ReplayInstant {
    let sum = fraction + max(-1e15, min(1e15, seconds))
    let whole = sum.rounded(.down)
    return ReplayInstant(EventTime(secondsSinceEpoch: time.secondsSinceEpoch + Int(whole)), fraction: sum - whole)
  }
}

/// Simulated time as a function of wall time: one anchor and a slope, never a sum of sleeps.
public struct ReplayClock: Equatable, Sendable {
  private let anchor: ReplayInstant
  private let anchorNanoseconds: Int
  private let factor: Double

  /// - Parameters:
  ///   - anchor: The simulated time at `nanoseconds` of the wall clock.
  ///   - factor: Simulated seconds per second.
  public init(anchor: ReplayInstant, at nanoseconds: Int, factor: Double) {
    self.anchor = anchor
    anchorNanoseconds = nanoseconds
    self.factor = factor
  }

  /// The simulated time at a moment of the wall clock.
  public func instant(at nanoseconds: Int) -> ReplayInstant {
    anchor.advanced(bySeconds: Double(nanoseconds - anchorNanoseconds) / 1e9 * factor)
  }

  /// The simulated time at a moment of the wall clock, the fraction of a second dropped.
  public func time(at nanoseconds: Int) -> EventTime { instant(at: nanoseconds).time }

  /// The moment of the wall clock, in nanoseconds, at which simulated time reaches `time`.
  public func nanoseconds(of time: EventTime) -> Int {
    let simulated = ReplayInstant(time).seconds(since: anchor)
    return anchorNanoseconds + Int(max(-4e18, min(4e18, (simulated / factor * 1e9).rounded(.up))))
  }
}
