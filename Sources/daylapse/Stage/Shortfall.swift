import Records
import Replay

/// A replay that was slower than it was asked to be, in simulated seconds per second.
struct Shortfall: Equatable {
  var asked: Double
  var achieved: Double

  /// Less than this is the grain of clocks and timers, in seconds of wall time.
  private static let grainSeconds = 0.1

  /// Nothing where the replay kept up, or was to go at full speed.
  init?(_ pace: PaceMeter) {
    let wallSeconds = Double(pace.total.nanoseconds) / 1e9
    guard let askedSeconds = pace.askedSeconds, wallSeconds > 0, askedSeconds > 0 else { return nil }
    asked = askedSeconds / wallSeconds
    achieved = pace.total.seconds / wallSeconds
    guard achieved < 0.98 * asked, (askedSeconds - pace.total.seconds) / asked > Shortfall.grainSeconds else {
      return nil
    }
  }

  init(_ json: JSONValue) {
    asked = json["asked"]?.doubleValue ?? 0
    achieved = json["achieved"]?.doubleValue ?? 0
  }

  var json: JSONValue { ["asked": .double(asked), "achieved": .double(achieved)] }

  var description: String {
    let unit = ReplaySpeed.factor(asked)
    return "the machine did not keep up: \(SpeedText.achieved(achieved, asked: unit)) in place of "
      + SpeedText.achieved(asked, asked: unit)
  }
}
