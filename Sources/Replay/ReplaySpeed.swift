/// How fast simulated time goes.
public enum ReplaySpeed: Equatable, Sendable {
  /// As fast as the machine goes.
  case max
  /// So many simulated seconds in a second.
  case factor(Double)

  public static let realtime = ReplaySpeed.factor(1)

  /// Reads `max`, `realtime`, a factor (`60x`, `0.5x`) or simulated time per second (`1d/s`, `6h/s`, `90m/s`, `10s/s`).
  public init(_ text: String) throws(ReplaySpeedError) {
    switch text {
    case "max": self = .max
    case "realtime": self = .realtime
    default:
      guard let factor = ReplaySpeed.factor(in: text), factor.isFinite, factor > 0 else {
        throw ReplaySpeedError(text: text)
      }
      self = .factor(factor)
    }
  }

  private static func factor(in text: String) -> Double? {
    if text.hasSuffix("x") { return plainNumber(text.dropLast()) }
    guard text.hasSuffix("/s"), let unit = text.dropLast(2).last, let number = plainNumber(text.dropLast(3)) else {
      return nil
    }
    switch unit {
    case "d": return number * 86_400
    case "h": return number * 3600
    case "m": return number * 60
    case "s": return number
    default: return nil
    }
  }

  private static func plainNumber(_ text: Substring) -> Double? {
    // neither a sign in front nor words such as "inf"
    guard let first = text.first, first.isNumber || first == ".", text.allSatisfy({ "0123456789.e+-".contains($0) })
    else { return nil }
    return Double(text)
  }
}

extension ReplaySpeed {
  /// Beyond so many simulated seconds per second only full speed is faster.
  private static let fastest = 1024 * 86_400.0
  private static let slowest = 1.0 / 1024

  /// Twice as fast.
  public var faster: ReplaySpeed {
    guard case .factor(let factor) = self else { return .max }
    return factor >= ReplaySpeed.fastest ? .max : .factor(factor * 2)
  }

  /// Half as fast; from full speed to one that can be followed, 16 days a second.
  public var slower: ReplaySpeed {
    guard case .factor(let factor) = self else { return .factor(16 * 86_400) }
    return .factor(Swift.max(ReplaySpeed.slowest, factor / 2))
  }

  /// For measured speeds: three figures, in days or hours a second where it is so fast.
  public var roundedDescription: String {
    guard case .factor(let factor) = self else { return description }
    // from half a day on in days: what was to be 1d/s is seen to be 0.99d/s
    for (unit, seconds, least) in [("d/s", 86_400.0, 43_200.0), ("h/s", 3600.0, 3582.0)] where factor >= least {
      return ReplaySpeed.threeFigures(factor / seconds) + unit
    }
    return ReplaySpeed.threeFigures(factor) + "x"
  }

  private static func threeFigures(_ number: Double) -> String {
    let scale = number < 10 ? 100.0 : number < 100 ? 10 : 1
    let rounded = (number * scale).rounded() / scale
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int(rounded)) : String(rounded)
  }
}

extension ReplaySpeed: CustomStringConvertible {
  public var description: String {
    guard case .factor(let factor) = self else { return "max" }
    if factor == 1 { return "realtime" }
    for (unit, seconds) in [("d", 86_400.0), ("h", 3600.0)]
    where factor >= seconds && (factor / seconds * 4).rounded() == factor / seconds * 4 {
      return "\(ReplaySpeed.short(factor / seconds))\(unit)/s"
    }
    return "\(ReplaySpeed.short(factor))x"
  }

  private static func short(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
  }
}

/// A text that is no speed.
public struct ReplaySpeedError: Error, Equatable, CustomStringConvertible {
  public var text: String

  public var description: String {
    "\"\(text)\" is no speed: use max, realtime, a factor such as 60x, or simulated time per second such as 1d/s, 6h/s"
  }
}
