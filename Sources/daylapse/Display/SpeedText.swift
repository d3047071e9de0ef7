import Replay

/// Speeds as they are shown.
enum SpeedText {
  /// A measured speed, in the unit of the one that was asked for: `0.99d/s`, `59.8x`.
  static func achieved(_ factor: Double, asked: ReplaySpeed) -> String {
    let unit = asked == .max ? ReplaySpeed.factor(factor >= 8640 ? 86_400 : factor >= 3600 ? 3600 : 2) : asked
    let text = "\(unit)"
    for (suffix, seconds) in [("d/s", 86_400.0), ("h/s", 3600.0)] where text.hasSuffix(suffix) {
      return Figures.short(factor / seconds) + suffix
    }
    return Figures.short(factor) + "x"
  }
}
