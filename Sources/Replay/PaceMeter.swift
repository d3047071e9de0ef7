import Records

/// Measures the speed that a replay really has: how far it has come in the wall time in which it ran.
///
/// Where a replay has come is where its clock is, or the event that should have left by now and has not.
public struct PaceMeter: Sendable {
  /// The speed at present is that of so much time, in nanoseconds.
  static let windowNanoseconds = 1_000_000_000

  private var last: (instant: ReplayInstant, wall: Int, segment: Int, factor: Double?)?
  private var window = (seconds: 0.0, nanoseconds: 0)
  /// All simulated seconds, and the wall time they took, in nanoseconds.
  public private(set) var total = (seconds: 0.0, nanoseconds: 0)
  /// The simulated seconds that it should have gone in this time; nothing where part of it was at full speed.
  public private(set) var askedSeconds: Double? = 0
  /// Simulated seconds per second, of late.
  public private(set) var present: Double?

  public init() {}

  /// Simulated seconds per second, over all the time in which the replay ran.
  public var mean: Double? { total.nanoseconds > 0 ? total.seconds / (Double(total.nanoseconds) / 1e9) : nil }

  /// The mean speed that was asked for in this time, in simulated seconds per second; `nil` when part of it was full
  /// speed.
  public var askedFactor: Double? {
    guard let askedSeconds, total.nanoseconds > 0 else { return nil }
    return askedSeconds / (Double(total.nanoseconds) / 1e9)
  }

  /// Takes note of where the replay is.
  ///
  /// - Parameters:
  ///   - segment: Counts leaps, which are no speed; nothing while the replay does not run.
  ///   - factor: The speed that is asked for, in simulated seconds per second; nothing for full speed.
  public mutating func note(_ instant: ReplayInstant, at wall: Int, segment: Int?, factor: Double? = nil) {
    guard let segment else {
      last = nil
      return
    }
    if let last, last.segment == segment {
      let (seconds, nanoseconds) = (instant.seconds(since: last.instant), wall - last.wall)
      total = (total.seconds + seconds, total.nanoseconds + nanoseconds)
      window = (window.seconds + seconds, window.nanoseconds + nanoseconds)
      if let asked = askedSeconds { askedSeconds = last.factor.map { asked + $0 * Double(nanoseconds) / 1e9 } }
      if window.nanoseconds >= PaceMeter.windowNanoseconds {
        present = window.seconds / (Double(window.nanoseconds) / 1e9)
        window = (0, 0)
      }
    } else {
      window = (0, 0)
      present = nil
    }
    last = (instant, wall, segment, factor)
  }
}
