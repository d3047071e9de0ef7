import Records

/// A stretch of simulated time, in whole seconds above 0, of at most ``longestDays``.
public struct SimulatedDuration: Hashable, Sendable {
  public var seconds: Int

  /// All days that have a four-digit year.
  public static let longestDays = 3_652_059

  public init(seconds: Int) { self.seconds = seconds }

  /// Reads days, hours, minutes and seconds: `1d`, `90m`, `1d12h`.
  public init(_ text: String) throws(SimulatedDurationError) {
    var (total, number) = (0, "")
    var units = "dhms"[...]
    for character in text {
      if character.isASCII, character.isNumber {
        number.append(character)
        continue
      }
      guard let count = Int(number), count <= 10_000_000_000, let place = units.firstIndex(of: character) else {
        throw SimulatedDurationError(text: text)
      }
      // each unit once, the larger ones first
      units = units[units.index(after: place)...]
      total += count * SimulatedDuration.seconds(of: character)
      number = ""
    }
    guard number.isEmpty, total > 0, total <= SimulatedDuration.longestDays * 86_400 else {
      throw SimulatedDurationError(text: text)
    }
    seconds = total
  }

  private static func seconds(of unit: Character) -> Int {
    switch unit {
    case "d": 86_400
    case "h": 3600
    case "m": 60
    default: 1
    }
  }
}

extension SimulatedDuration: CustomStringConvertible {
  public var description: String {
    var (rest, text) = (seconds, "")
    for unit in "dhms" {
      let (count, left) = rest.quotientAndRemainder(dividingBy: SimulatedDuration.seconds(of: unit))
      if count > 0 { text += "\(count)\(unit)" }
      rest = left
    }
    return text
  }
}

/// A text that is no duration.
public struct SimulatedDurationError: Error, Equatable, CustomStringConvertible {
  public var text: String

  public var description: String {
    "\"\(text)\" is no duration: use days, hours, minutes and seconds, such as 1d, 6h, 30m or 1d12h, "
      + "at most \(SimulatedDuration.longestDays)d"
  }
}
