import Records

/// Measures the speed that a replay really has: how far it has come in the wall time in which it ran.
///
/// Where a replay has come is where its clock is, or the event that should have left by now and has not.
public struct PaceMeter: Sendable {
  /// The speed at present is that of so much time, in nanoseconds.
  static let windowNanoseconds = 1_000_000_000

  private var last: (instant: ReplayInstant, wall: Int, segment: Int)?
  private var window = (seconds: 0.0, nanoseconds: 0)
  /// All simulated seconds, and the wall time they took, in nanoseconds.
  public private(set) var total = (seconds: 0.0, nanoseconds: 0)
  /// Simulated seconds per second, of late.
  public private(set) var present: Double?

  public init() {}

  /// Simulated seconds per second, over all the time in which the replay ran.
  public var mean: Double? { total.nanoseconds > 0 ? total.seconds / (Double(total.nanoseconds) / 1e9) : nil }

  /// Takes note of where the replay is.
  ///
  /// - Parameter segment: Counts leaps, which are no speed; nothing while the replay does not run.
  public mutating func note(_ instant: ReplayInstant, at wall: Int, segment: Int?) {
    guard let segment else {
      last = nil
      return
    }
    if let last, last.segment == segment {
      let (seconds, nanoseconds) = (instant.seconds(since: last.instant), wall - last.wall)
      total = (total.seconds + seconds, total.nanoseconds + nanoseconds)
      window = (window.seconds + seconds, window.nanoseconds + nanoseconds)
      if window.nanoseconds >= PaceMeter.windowNanoseconds {
        present = window.seconds / (Double(window.nanoseconds) / 1e9)
        window = (0, 0)
      }
    } else {
      window = (0, 0)
      present = nil
    }
    last = (instant, wall, segment)
  }
}
